// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.guixp2p.node.stages.Stages;

/** The narinfos that clients asked for last, within a bound; each is asked for once however many want it. Safe for several threads. */
final class Pages {
    /** An item that is asked for again and again is looked up once in so long: whom to trust may change. */
    private static final long HOLDS = Duration.ofSeconds(60).toNanos();
    /** About what an entry takes besides its text: the narinfo is there twice, and its parts. */
    private static final long OVERHEAD = 2048;

    private static final Optional<Duration> AT_ONCE = Optional.of(Duration.ZERO);

    private final GatewayItems items;
    private final Duration within;
    private final long mostBytes;
    private final LongSupplier nanoTime;
    /** The one that was looked up longest ago first. */
    private final LinkedHashMap<Question, Entry> known = new LinkedHashMap<>();
    private final Map<Question, CompletableFuture<Answer>> underWay = new LinkedHashMap<>();
    private long bytes;

    /** @param offered whether it is about what this node offers alone */
    private record Question(String hashPart, boolean offered) {}

    private record Entry(Page page, long since) {
        long bytes() {
            return 3L * page.text().size() + OVERHEAD;
        }
    }

    /** What comes of a question. */
    sealed interface Answer {
        /** There is one. */
        record Found(Page page) implements Answer {}

        /** There is none. */
        record Nothing() implements Answer {}

        /** It could not be found out in time. */
        record Late() implements Answer {}

        /** The client asks about more than it may. */
        record TooMany() implements Answer {}
    }

    /** @param mostBytes for what is remembered */
    Pages(GatewayItems items, Duration within, long mostBytes, LongSupplier nanoTime) {
        this.items = items;
        this.within = within;
        this.mostBytes = mostBytes;
        this.nanoTime = nanoTime;
    }

    /**
     * An item's page.
     *
     * @param mayAsk when this client may have others asked about one more item, if that is within some time; it counts when it is called.
     *         Guix takes whatever refuses it for a word that there is no such item, so that one who asks about much waits
     */
    CompletionStage<Answer> find(String hashPart, Function<Duration, Optional<Duration>> mayAsk) {
        return answer(new Question(hashPart, false), mayAsk);
    }

    /** The page of an item that this node offers, for which nobody else is asked. */
    CompletionStage<Answer> offered(String hashPart) {
        return answer(new Question(hashPart, true), patience -> AT_ONCE);
    }

    /** Each waits for its own turn, and for nobody else's. */
    private CompletionStage<Answer> answer(Question question, Function<Duration, Optional<Duration>> mayAsk) {
        Optional<CompletionStage<Answer>> there = there(question);
        if (there.isPresent() || question.offered()) {
            return there.orElseGet(() -> begin(question));
        }
        return Stages.begin(() -> items.isKnown(question.hashPart())).toCompletableFuture()
                .completeOnTimeout(false, within.toMillis(), TimeUnit.MILLISECONDS).exceptionally(failure -> false)
                // What another client's question has brought meanwhile needs no turn.
                .thenCompose(known -> there(question)
                        .orElseGet(() -> known ? begin(question) : inTurn(question, mayAsk)));
    }

    private CompletionStage<Answer> inTurn(Question question, Function<Duration, Optional<Duration>> mayAsk) {
        return mayAsk(mayAsk).thenCompose(may -> may
                ? begin(question)
                : there(question).orElseGet(() -> CompletableFuture.completedFuture(new Answer.TooMany())));
    }

    private synchronized Optional<CompletionStage<Answer>> there(Question question) {
        Entry entry = known.get(question);
        return entry != null && nanoTime.getAsLong() - entry.since() < HOLDS
                ? Optional.of(CompletableFuture.completedFuture(new Answer.Found(entry.page())))
                : Optional.ofNullable(underWay.get(question));
    }

    private CompletionStage<Answer> begin(Question question) {
        CompletableFuture<Answer> fresh = new CompletableFuture<>();
        synchronized (this) {
            Optional<CompletionStage<Answer>> there = there(question);
            if (there.isPresent()) {
                return there.get();
            }
            underWay.put(question, fresh);
        }
        CompletableFuture<Answer> asked = Stages.begin(() -> ask(question)).toCompletableFuture()
                .completeOnTimeout(new Answer.Late(), within.toMillis(), TimeUnit.MILLISECONDS);
        var _ = asked.whenComplete((answer, failure) -> {
            keep(question, failure == null ? answer : new Answer.Late());
            fresh.complete(failure == null ? answer : new Answer.Late());
        });
        return fresh;
    }

    /** No longer than half of what the lookup itself may take. */
    private CompletionStage<Boolean> mayAsk(Function<Duration, Optional<Duration>> mayAsk) {
        Optional<Duration> after = mayAsk.apply(within.dividedBy(2));
        return after.isEmpty() || after.get().isZero()
                ? CompletableFuture.completedFuture(after.isPresent())
                : CompletableFuture.supplyAsync(() -> true,
                        CompletableFuture.delayedExecutor(after.get().toNanos(), TimeUnit.NANOSECONDS));
    }

    private CompletionStage<Answer> ask(Question question) {
        return (question.offered() ? items.offered(question.hashPart()) : items.find(question.hashPart()))
                .thenApply(Pages::found);
    }

    private static Answer found(Optional<GatewayItems.Item> item) {
        return item.<Answer>map(there -> new Answer.Found(Page.of(there))).orElseGet(Answer.Nothing::new);
    }

    private synchronized void keep(Question question, Answer answer) {
        underWay.remove(question);
        Optional.ofNullable(known.remove(question)).ifPresent(old -> bytes -= old.bytes());
        if (answer instanceof Answer.Found found) {
            Entry entry = new Entry(found.page(), nanoTime.getAsLong());
            known.put(question, entry);
            bytes += entry.bytes();
            for (Iterator<Entry> oldest = known.values().iterator(); bytes > mostBytes && oldest.hasNext();) {
                bytes -= oldest.next().bytes();
                oldest.remove();
            }
        }
    }
}
