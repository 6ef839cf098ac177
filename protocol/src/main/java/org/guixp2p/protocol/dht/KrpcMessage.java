// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.dht;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * One datagram of KRPC (BEP 5), the protocol of the DHT's nodes.
 *
 * <p>{@code transaction} ties an answer to its query: 1 to {@link #MAX_TRANSACTION} bytes, chosen by whoever asks.
 * {@code version} names the program, commonly in 4 bytes: up to {@link #MAX_VERSION}, empty when it is not told.
 */
public sealed interface KrpcMessage {
    /**
     * Longest datagram that is read, and more than any that is written. Most have less than 600 bytes; only the answer with a
     * large item and nodes of both families would have more than 1,500.
     */
    int MAX_BYTES = 2048;
    /** Longest transaction in bytes; those in use have 2 to 8. */
    int MAX_TRANSACTION = 32;
    int MAX_VERSION = 16;

    Octets transaction();

    Octets version();

    /** What can be sent. */
    sealed interface Sendable extends KrpcMessage {}

    /**
     * A question.
     *
     * @param readOnly whoever asks does not answer questions, and belongs in no routing table (BEP 43)
     */
    record Query(Octets transaction, Octets version, boolean readOnly, KrpcQuery query) implements Sendable {
        public Query {
            check(transaction, version);
        }
    }

    /**
     * An answer.
     *
     * @param seenAt where whoever answers saw the query come from (BEP 42)
     */
    record Response(Octets transaction, Octets version, Optional<InetSocketAddress> seenAt,
            KrpcResponse response) implements Sendable {
        public Response {
            check(transaction, version);
            seenAt.ifPresent(Compact::requireResolved);
        }
    }

    /**
     * An answer that is none.
     *
     * @param seenAt where whoever answers saw the query come from
     */
    record Failure(Octets transaction, Octets version, Optional<InetSocketAddress> seenAt,
            KrpcError error) implements Sendable {
        public Failure {
            check(transaction, version);
            seenAt.ifPresent(Compact::requireResolved);
        }
    }

    /**
     * A question that was read as far as is needed to refuse it: there is no such method, or its arguments are wrong.
     *
     * @param error what to answer, if anything
     */
    record Unanswerable(Octets transaction, Octets version, boolean readOnly, KrpcError error) implements KrpcMessage {
        public Unanswerable {
            check(transaction, version);
        }
    }

    private static void check(Octets transaction, Octets version) {
        if (transaction.isEmpty() || transaction.length() > MAX_TRANSACTION || version.length() > MAX_VERSION) {
            throw new IllegalArgumentException("a transaction of " + transaction.length() + " bytes, a version of "
                    + version.length());
        }
    }
}
