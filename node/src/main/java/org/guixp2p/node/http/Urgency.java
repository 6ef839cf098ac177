// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether somebody waits for an answer. What was asked ahead may come to be waited for while it is under way; it need not
 * be asked a second time for that. Safe for several threads.
 */
public final class Urgency {
    private final Set<Runnable> listeners = new LinkedHashSet<>();
    private boolean asked;

    private Urgency(boolean asked) {
        this.asked = asked;
    }

    /** Somebody waits: goes before everything for which nobody does. */
    public static Urgency asked() {
        return new Urgency(true);
    }

    /** Nobody waits yet: leaves room for what is asked. */
    public static Urgency ahead() {
        return new Urgency(false);
    }

    public synchronized boolean isAsked() {
        return asked;
    }

    /** From now on somebody waits. */
    public void raise() {
        List<Runnable> told;
        synchronized (this) {
            asked = true;
            told = List.copyOf(listeners);
            listeners.clear();
        }
        told.forEach(Runnable::run);
    }

    /** Calls {@code listener} when somebody comes to wait; not when somebody does already. */
    synchronized void onRaise(Runnable listener) {
        if (!asked) {
            listeners.add(listener);
        }
    }

    synchronized void forget(Runnable listener) {
        listeners.remove(listener);
    }
}
