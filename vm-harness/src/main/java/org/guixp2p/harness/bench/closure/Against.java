// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.guixp2p.harness.daemon.GuixCommand;
import org.guixp2p.harness.daemon.NoGuixException;

/** Who fetches from the server what a node fetches from peers. */
sealed interface Against {
    /** By what names people ask for one. */
    List<String> NAMES = List.of("http", "guix", "plain");

    /** What to call it before people. */
    String title();

    /**
     * The one that is meant by one of {@link #NAMES}: by {@code http} Guix's own where Guix is present, since that is what users have.
     *
     * @param environment where a Guix is looked for
     * @param steps hears why it is not Guix's own
     * @throws NoGuixException where {@code guix} is meant, and there is none that runs
     */
    static Against named(String name, Map<String, String> environment, Consumer<String> steps)
            throws NoGuixException, InterruptedException {
        if (name.equals("plain")) {
            return new Plain();
        }
        try {
            return new Guix(GuixCommand.find(environment));
        } catch (NoGuixException e) {
            if (name.equals("guix")) {
                throw e;
            }
            steps.accept("not Guix's own substituter, but one that does the same: " + e.getMessage());
            return new Plain();
        }
    }

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
