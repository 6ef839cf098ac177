// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.guixp2p.node.discovery.ProviderDirectory.Listener;
import org.guixp2p.node.discovery.ProviderDirectory.Lookup;
import org.guixp2p.node.discovery.ProviderDirectory.Question;

/**
 * A lookup, and what every directory promises of one: nothing is told twice, no more than was wanted, nothing after the end,
 * and an end in time. What the directory finds may come on any thread.
 */
public final class OpenLookup implements Lookup {
    private final OneAtATime turn = new OneAtATime();
    private final int wanted;
    private final Listener listener;
    // The rest is only touched in turn.
    private final Set<ProviderHint> told = new HashSet<>();
    private final Set<ProviderHint> beside = new HashSet<>();
    private final List<Runnable> afterwards = new ArrayList<>();
    private boolean over;

    /**
     * Opens a lookup.
     *
     * @param wanted how many hints will do; 1 to {@link Question#MAX_WANTED}
     * @param within how long it may take; more than 0
     * @param alarm ends it when its time is over
     */
    public OpenLookup(int wanted, Duration within, Listener listener, Alarm alarm) {
        this.wanted = Question.checked(wanted, within);
        this.listener = listener;
        afterwards(alarm.after(within, () -> end(End.LATE)));
    }

    public OpenLookup(Question question, Listener listener, Alarm alarm) {
        this(question.wanted(), question.within(), listener, alarm);
    }

    /** Once the lookup is over something is to be done; at once when it is over already. */
    public void afterwards(Runnable action) {
        turn.run(() -> {
            if (over) {
                action.run();
            } else {
                afterwards.add(action);
            }
        });
    }

    /** Providers were found, the better ones first; some of them perhaps before. */
    public void found(List<? extends ProviderHint> hints) {
        turn.run(() -> tell(hints));
    }

    /** Some who may have anything, and are few: they count for nothing. Each is told once. */
    void foundBeside(List<ProviderHint> hints) {
        turn.run(() -> {
            List<ProviderHint> fresh = hints.stream().filter(hint -> !over && beside.add(hint)).toList();
            if (!fresh.isEmpty()) {
                listener.found(fresh);
            }
        });
    }

    /** Nothing more will be found. */
    public void end(End end) {
        turn.run(() -> finish(end));
    }

    /** Does something in turn, unless the lookup is over: so what only such actions touch needs no lock. */
    public void inTurn(Runnable action) {
        turn.run(() -> {
            if (!over) {
                action.run();
            }
        });
    }

    @Override
    public void cancel() {
        end(End.CANCELLED);
    }

    private void tell(List<? extends ProviderHint> hints) {
        if (over) {
            return;
        }
        List<ProviderHint> fresh = new ArrayList<>();
        for (ProviderHint hint : hints) {
            if (told.size() < wanted && told.add(hint)) {
                fresh.add(hint);
            }
        }
        if (!fresh.isEmpty()) {
            listener.found(List.copyOf(fresh));
        }
        if (told.size() == wanted) {
            finish(End.ENOUGH);
        }
    }

    private void finish(End end) {
        if (!over) {
            over = true;
            listener.ended(end);
            afterwards.forEach(Runnable::run);
            afterwards.clear();
        }
    }
}
