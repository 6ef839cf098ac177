// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** What comes of asking for a NAR. */
public sealed interface NarAnswer {
    /**
     * The server sends it. Whoever gets this runs {@link #nar} or calls {@link #discard}; forgetting both closes the
     * connection after a while.
     */
    non-sealed interface Opened extends NarAnswer {
        NarOffer offer();

        /** Where it comes from, redirections followed. */
        URI uri();

        /** The compressed size, when the server tells it. */
        OptionalLong wireSize();

        /** Compressed bytes received so far; may be asked from any thread. */
        long received();

        /**
         * The uncompressed NAR, to be run once. It has exactly as many bytes as were asked for, or it fails with an
         * {@link HttpFaultException}; nothing is said about its hash. Cancelling it closes the connection.
         */
        Source<ByteString, NotUsed> nar();

        /** Closes the connection, unread; does nothing when it is being read. */
        void discard();
    }

    /** Nobody sends it; why not, in the order of asking. Empty when nobody was there to be asked. */
    record Unavailable(List<Attempt> attempts) implements NarAnswer {
        public Unavailable {
            attempts = List.copyOf(attempts);
        }

        /** One line for a log or a user. */
        public String reason() {
            return attempts.isEmpty()
                    ? "no server offers it in a form that can be used"
                    : attempts.stream().map(attempt -> attempt.offer().uri() + " " + attempt.fault().reason())
                            .collect(Collectors.joining("; "));
        }
    }

    /** A file that could not be had. */
    record Attempt(NarOffer offer, HttpFault fault) {}
}
