// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.jspecify.annotations.Nullable;

/** The servers of one download, one after another. Part of the {@link Download} actor, on its thread. */
final class ServerSide {
    private static final Verdict GO_ON = new Verdict.GoOn();
    private static final double NANOS = 1e9;

    private final ActorContext<Download.Command> context;
    private final DownloadContext node;
    private final Tally tally;
    private final Deque<NarSupply> left;
    /** Those that were begun with, by what names them. */
    private final Map<String, NarSupply> begun = new HashMap<>();
    private @Nullable NarSupply current;
    /** Asked too, and nobody knows yet which of the two it will be. */
    private @Nullable NarSupply joined;
    private @Nullable ServerLane lane;
    private String url = "";
    private final boolean large;
    private boolean ahead;
    private Precedence.@Nullable Place place;
    private final Duration window;
    /** What a server has to bring, in bytes a second; 0 where nobody was left for it. */
    private double least;
    private long sinceNanos;
    private int passedBefore;

    /** @param ahead whether nobody has asked for the NAR so far */
    ServerSide(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Tally tally,
            boolean ahead) {
        this.ahead = ahead;
        this.window = Prospects.window(node.config().transfers().stallTimeout());
        this.large = request.size().bytes() > Precedence.FROM_SERVERS_BYTES;
        this.context = context;
        this.node = node;
        this.tally = tally;
        this.left = new ArrayDeque<>(request.servers());
    }

    /** Somebody has asked for the NAR. */
    void asked() {
        ahead = false;
        if (place != null) {
            place.raise();
        }
    }

    /** Whether they are not to be asked before somebody has asked for the NAR. */
    private boolean areForReadersOnly() {
        return ahead && large;
    }

    /** Why there is no next one. */
    String whyNone() {
        return areForReadersOnly() ? "servers are not asked for so large a NAR ahead" : "no server has it";
    }

    /** Whether a server is left to be tried. */
    boolean hasNext() {
        return !left.isEmpty();
    }

    /** What the next one should take for all of the NAR, when that is known. */
    Optional<FasterServers.Expected> expected() {
        return left.stream().filter(supply -> !supply.isOut()).findFirst()
                .flatMap(next -> next.expectedSeconds().stream()
                        .mapToObj(
                                seconds -> new FasterServers.Expected(next.url(), seconds * node.precedence().inNeed()))
                        .findFirst());
    }

    /** Peers that bring so much were left for servers. */
    void expect(double bytesPerSecond) {
        least = bytesPerSecond;
    }

    /** Gives a server up that is slower than the peers who were left for it. */
    Verdict tick() {
        long now = System.nanoTime();
        if (least == 0 || lane == null || now - sinceNanos < window.toNanos()) {
            return GO_ON;
        }
        double rate = (lane.passed() - passedBefore) * (double) BlockLayout.BLOCK_BYTES * NANOS / (now - sinceNanos);
        measure(now, lane.passed());
        if (rate >= least) {
            return GO_ON;
        }
        stop();
        return new Verdict.ServersExhausted(
                String.format(Locale.ROOT, "%s brings %.0f kB/s, less than peers do", url, rate / 1e3));
    }

    private void measure(long nanos, int passed) {
        sinceNanos = nanos;
        passedBefore = passed;
    }

    /** The server begun with last did nothing that can be held against it: it is the next one again. */
    void again() {
        if (current != null) {
            left.addFirst(current);
            current = null;
        }
    }

    /** Begins with the next server, if there is one: it sends the whole, and what is missing is taken from it. */
    boolean startNext(Attempt attempt) {
        stop();
        joined = null;
        NarSupply supply = areForReadersOnly() ? null : next();
        current = supply;
        if (supply == null) {
            return false;
        }
        url = supply.url();
        begun.put(url, supply);
        measure(System.nanoTime(), 0);
        int number = attempt.number();
        ActorRef<Download.Command> self = context.getSelf();
        AtomicReference<String> from = new AtomicReference<>(url);
        lane = new ServerLane(context.getSystem(), inTurn(nar(supply, number, from)), attempt.layout(), attempt.file(),
                attempt.scheduler().done(),
                node.disk(),
                block -> self
                        .tell(new ServerEvent.Stored(number, block, attempt.layout().length(block), from.get())),
                failure -> self.tell(new ServerEvent.Ended(number, failure)));
        return true;
    }

    /** What the server sends, or the next one that is elsewhere when its first byte is late. */
    private Supplier<Source<ByteString, NotUsed>> nar(NarSupply supply, int attempt, AtomicReference<String> from) {
        Optional<NarSupply> spare = left.stream().filter(other -> supply.isElsewhereThan(other) && !other.isOut())
                .findFirst();
        if (spare.isEmpty()) {
            return supply::open;
        }
        NarSupply.Race race = race(spare.get(), attempt, from);
        return () -> supply.open(spare.get(), race);
    }

    /** @param from the URL of whoever sends what comes */
    private NarSupply.Race race(NarSupply spare, int attempt, AtomicReference<String> from) {
        ActorRef<Download.Command> self = context.getSelf();
        return new NarSupply.Race() {
            @Override
            public void joined() {
                self.tell(new ServerEvent.Joined(attempt, spare));
            }

            @Override
            public void won(NarSupply winner) {
                from.set(winner.url());
                self.tell(new ServerEvent.Won(attempt, winner));
            }

            @Override
            public void continued(String other) {
                from.set(other);
            }
        };
    }

    /** Takes an event of this attempt. */
    Verdict on(ServerEvent event, Attempt attempt) {
        return switch (event) {
            case ServerEvent.Joined joined -> {
                joined(joined.spare());
                yield GO_ON;
            }
            case ServerEvent.Won won -> {
                won(won.supply());
                yield GO_ON;
            }
            case ServerEvent.Stored stored -> {
                stored(stored, attempt);
                yield GO_ON;
            }
            case ServerEvent.Ended ended -> ended(ended, attempt);
        };
    }

    private void stored(ServerEvent.Stored stored, Attempt attempt) {
        if (!attempt.scheduler().isDone(stored.block())) {
            attempt.scheduler().have(stored.block());
            attempt.usedServer(stored.server());
            tally.received(stored.server(), stored.block(), stored.bytes());
        }
    }

    private Verdict ended(ServerEvent.Ended ended, Attempt attempt) {
        ServerLane.Failure why = ended.failure().orElse(
                new ServerLane.Failure(ServerLane.Failure.Kind.SERVER, "it ended before the NAR did"));
        return switch (why.kind()) {
            case OWN_DISK -> new Verdict.OwnFault(why.reason());
            case CONTRADICTION -> new Verdict.Contradicted(why.reason());
            case SERVER -> startNext(attempt) ? GO_ON : new Verdict.ServersExhausted(why.reason());
        };
    }

    /** Another server was asked too. */
    private void joined(NarSupply spare) {
        if (left.remove(spare)) {
            joined = spare;
        }
    }

    /** One of two sends it: the other one was only late, and may be asked again after all others. */
    private void won(NarSupply supply) {
        NarSupply loser = supply.equals(current) ? joined : current;
        if (loser != null) {
            left.addLast(loser);
        }
        joined = null;
        current = supply;
        url = supply.url();
        begun.put(url, supply);
    }

    /** The best one; one whose server has failed, perhaps a moment ago and for others, only when there is none besides. */
    private @Nullable NarSupply next() {
        for (NarSupply supply : left) {
            if (!supply.isOut()) {
                left.remove(supply);
                return supply;
            }
        }
        return left.poll();
    }

    /** What {@code attempt} has was right, whoever gave it. */
    void proven(Attempt attempt) {
        begun.forEach((name, supply) -> {
            if (attempt.usedAlso(name)) {
                supply.proven();
            }
        });
    }

    /** All came from the server begun with last, and was wrong. */
    void lied() {
        if (current != null) {
            current.lied();
        }
    }

    /** The server's stream, as soon as what is fetched ahead may have it. */
    private Source<ByteString, NotUsed> inTurn(Supplier<Source<ByteString, NotUsed>> nar) {
        if (!ahead) {
            return nar.get();
        }
        Precedence.Place mine = node.precedence().place();
        place = mine;
        return Source.completionStageSource(mine.thenApply(go -> nar.get())).watchTermination((ignored, done) -> {
            done.whenComplete((ok, failure) -> mine.giveBack());
            return NotUsed.getInstance();
        });
    }

    /** What is or was fetched from last. */
    String url() {
        return url;
    }

    void stop() {
        if (lane != null) {
            lane.stop();
            lane = null;
        }
    }
}
