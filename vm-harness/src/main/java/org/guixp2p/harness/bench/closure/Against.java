// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import org.guixp2p.harness.daemon.GuixCommand;

/** Who fetches from the server what a node fetches from peers. */
sealed interface Against {
    /** What to call it before people. */
    String title();

    /** What does on the network what Guix's own substituter does, and the rest as this project does. */
    record Plain() implements Against {
        @Override
        public String title() {
            return "HTTP";
        }

        @Override
        public String toString() {
            return "plain";
        }
    }

    /** Guix's own substituter. */
    record Guix(GuixCommand command) implements Against {
        @Override
        public String title() {
            return "Guix";
        }

        @Override
        public String toString() {
            return "guix";
        }
    }
}
