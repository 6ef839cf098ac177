// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.ledger.StoreLedger.Verdict;

/** Finds out which items are public, some at a time. Part of the {@link StoreSeeding} actor, on its thread. */
final class Judging {
    private final ActorContext<StoreSeeding.Command> context;
    private final TimerScheduler<StoreSeeding.Command> timers;
    private final SeedingTools tools;
    private final Stock stock;
    private boolean underWay;
    /** Nothing is to be asked, or nobody can be, for a while. */
    private boolean idle;

    Judging(ActorContext<StoreSeeding.Command> context, TimerScheduler<StoreSeeding.Command> timers, SeedingTools tools,
            Stock stock) {
        this.context = context;
        this.timers = timers;
        this.tools = tools;
        this.stock = stock;
    }

    void next() {
        if (underWay || tools.all()) {
            return;
        }
        // Before anything can go wrong.
        timers.startSingleTimer(new StoreSeeding.JudgeNext(), tools.pace().again());
        List<Registration> batch = stock.states().nextToJudge(tools.pace().batch(), tools.now()).stream()
                .map(stock.states()::registration).toList();
        idle = batch.isEmpty();
        if (idle) {
            return;
        }
        underWay = true;
        context.pipeToSelf(tools.judge(batch),
                (verdicts, failure) -> new StoreSeeding.Judged(batch, verdicts == null ? List.of() : verdicts));
    }

    /** Other items are there: not sooner, and not put off by a store that changes all the time. */
    void others() {
        if (idle) {
            idle = false;
            timers.startSingleTimer(new StoreSeeding.JudgeNext(), tools.pace().between());
        }
    }

    /**
     * An answer.
     *
     * @param verdicts on some of what was asked about
     */
    void answered(List<Registration> asked, List<Verdict> verdicts) {
        underWay = false;
        idle = !verdicts.isEmpty() && verdicts.stream().allMatch(verdict -> verdict.gate() == Gate.UNKNOWN);
        timers.startSingleTimer(new StoreSeeding.JudgeNext(), idle ? tools.pace().again() : tools.pace().between());
        Map<Registration, Verdict> known = new HashMap<>();
        verdicts.forEach(verdict -> known.put(verdict.item(), verdict));
        long again = tools.now() + tools.pace().again().toSeconds();
        asked.forEach(item -> stock.states().find(item).ifPresent(at -> {
            Verdict verdict = known.get(item);
            if (verdict == null) {
                stock.states().judgeLater(at, again);
            } else {
                learn(at, verdict, again);
            }
        }));
        List<Verdict> lasting = verdicts.stream().filter(verdict -> verdict.gate().isVerdict()).toList();
        if (!lasting.isEmpty()) {
            tools.write(() -> tools.reader().ledger().judged(lasting));
        }
    }

    private void learn(int item, Verdict verdict, long again) {
        switch (verdict.gate()) {
            case PUBLIC, ABSENT, OTHER ->
                stock.learn(item, at -> stock.states().judge(at, verdict.gate(), verdict.until()));
            case PARTLY -> stock.states().judgedPartly(item, tools.now());
            case UNKNOWN -> stock.states().judgeLater(item, again);
        }
    }
}
