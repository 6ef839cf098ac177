// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.download.NarSupply;
import org.guixp2p.node.http.GoingOn;
import org.guixp2p.node.http.HttpNarSource;
import org.guixp2p.node.http.NarAnswer;
import org.guixp2p.node.http.NarOffer;
import org.guixp2p.persistence.mirrors.Fault;
import org.guixp2p.persistence.mirrors.Mirrors;
import org.guixp2p.protocol.item.NarSize;

/**
 * A NAR on a substitute server, as a download takes it.
 *
 * @param all who offer it: where the rest of the same file may be had when the connection breaks midway
 * @param alone set once that was done: when the whole proves wrong nobody knows whose part was, so next time one server gives all
 */
record ServerNar(HttpNarSource source, NarOffer offer, NarSize size, Mirrors mirrors, List<NarOffer> all,
        AtomicBoolean alone) implements NarSupply {
    ServerNar(HttpNarSource source, NarOffer offer, NarSize size, Mirrors mirrors, List<NarOffer> all) {
        this(source, offer, size, mirrors, List.copyOf(all), new AtomicBoolean());
    }

    @Override
    public String url() {
        return offer.uri().toString();
    }

    @Override
    public boolean isOut() {
        return mirrors.isOut(offer.server(), Mirrors.Use.NARS);
    }

    @Override
    public OptionalDouble expectedSeconds() {
        return source.expectedSeconds(offer, size);
    }

    @Override
    public void proven() {
        mirrors.proven(offer.server());
    }

    @Override
    public void lied() {
        mirrors.failed(offer.server(), Mirrors.Use.NARS, Fault.DAMAGED, mirrors.now());
    }

    @Override
    public boolean isElsewhereThan(NarSupply other) {
        return other instanceof ServerNar nar && !nar.offer.server().equals(offer.server());
    }

    @Override
    public Source<ByteString, NotUsed> open() {
        return read(source.open(offer, size, GoingOn.HERE), opened -> {});
    }

    @Override
    public Source<ByteString, NotUsed> open(NarSupply spare, Race race) {
        if (!(spare instanceof ServerNar other)) {
            return open();
        }
        return read(source.open(offer, other.offer, size, goingOn(race), race::joined),
                opened -> race.won(opened.offer().equals(offer) ? this : spare));
    }

    private GoingOn goingOn(Race race) {
        return alone.get()
                ? GoingOn.HERE
                : new GoingOn(true, all, other -> {
                    alone.set(true);
                    race.continued(other.uri().toString());
                });
    }

    /** @param begins hears who sends, before anything of it comes */
    private static Source<ByteString, NotUsed> read(CompletableFuture<NarAnswer> asked,
            Consumer<NarAnswer.Opened> begins) {
        return Source.completionStageSource(asked.thenApply(answer -> switch (answer) {
            case NarAnswer.Opened opened -> {
                begins.accept(opened);
                yield opened.nar();
            }
            case NarAnswer.Unavailable none -> Source.<ByteString>failed(new IOException(none.reason()));
        })).watchTermination((ignored, done) -> {
            // Whoever stops while the NAR waits for its turn, or before it is read, is in nobody's way.
            done.whenComplete((ok, failure) -> {
                asked.cancel(false);
                var _ = asked.thenAccept(ServerNar::discard);
            });
            return NotUsed.getInstance();
        });
    }

    private static void discard(NarAnswer answer) {
        if (answer instanceof NarAnswer.Opened opened) {
            opened.discard();
        }
    }
}
