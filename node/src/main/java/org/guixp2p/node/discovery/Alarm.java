// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.time.Duration;

/** Runs something later. */
@FunctionalInterface
public interface Alarm {
    /**
     * Runs an action once, on any thread.
     *
     * @return what prevents that, if it is called in time
     */
    Runnable after(Duration delay, Runnable action);
}
