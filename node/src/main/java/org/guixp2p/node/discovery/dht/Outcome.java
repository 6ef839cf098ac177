// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import org.guixp2p.protocol.dht.Contact;
import org.guixp2p.protocol.dht.KrpcError;
import org.guixp2p.protocol.dht.KrpcResponse;

/** What came of a question. */
sealed interface Outcome {
    /**
     * An answer of the kind that belongs to the question. Whatever it names may be contacted ({@link Admission}).
     *
     * @param by who answered: at the address that was asked, with the id that it gave, which may be another than expected
     */
    record Answered(Contact by, KrpcResponse response) implements Outcome {}

    /** The node answers, but not this. */
    record Refused(KrpcError error) implements Outcome {}

    /** Nothing has come in time, or what came does not count. */
    record Unanswered() implements Outcome {}
}
