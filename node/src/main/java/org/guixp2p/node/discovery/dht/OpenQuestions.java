// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.dht.Octets;

/**
 * What the thread that reads a socket knows of the questions that went out by it, so that a flood does not take their answers' place:
 * one datagram for each passes whatever else comes. Whoever wants to profit from that must forge the address that was asked, and
 * guess the question's name. For use on any thread.
 */
final class OpenQuestions {
    /** As many as may wait in both families. */
    private static final int MOST = 2 * Transactions.MAX_PENDING;
    /** What stands before a transaction in a message (BEP 5). The rest is not read: others do that, who take their time. */
    private static final byte[] BEFORE = ("1:t" + Transactions.BYTES + ":").getBytes(US_ASCII);

    private final LongSupplier nanos;
    private final Map<InetSocketAddress, Set<Octets>> open = new HashMap<>();
    /** The longest asked first; some have been answered. */
    private final Deque<Question> asked = new ArrayDeque<>();

    private record Question(InetSocketAddress to, Octets transaction, long at) {}

    /** @param nanos a clock that only goes forward */
    OpenQuestions(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** A question goes out. */
    synchronized void ask(InetSocketAddress to, Octets transaction) {
        long now = nanos.getAsLong();
        while (!asked.isEmpty()
                && (asked.size() >= MOST || now - asked.getFirst().at >= Transactions.TIMEOUT.toNanos())) {
            Question oldest = asked.removeFirst();
            close(oldest.to, oldest.transaction);
        }
        asked.addLast(new Question(to, transaction, now));
        open.computeIfAbsent(to, ignored -> new HashSet<>()).add(transaction);
    }

    private boolean close(InetSocketAddress to, Octets transaction) {
        Set<Octets> questions = open.get(to);
        if (questions == null || !questions.remove(transaction)) {
            return false;
        }
        if (questions.isEmpty()) {
            open.remove(to);
        }
        return true;
    }

    /** Whether somebody was asked, and has not answered yet: else nothing of his need be read. */
    synchronized boolean isAsked(InetSocketAddress source) {
        return open.containsKey(source);
    }

    /** Whether a datagram names a question that its sender was asked; the next one that does so is one like any other. */
    synchronized boolean isAnswer(InetSocketAddress source, byte[] datagram) {
        int most = datagram.length - Transactions.BYTES;
        for (int at = 0; at + BEFORE.length <= most; at++) {
            int name = at + BEFORE.length;
            if (Arrays.equals(datagram, at, name, BEFORE, 0, BEFORE.length)
                    && close(source, Octets.of(Arrays.copyOfRange(datagram, name, name + Transactions.BYTES)))) {
                return true;
            }
        }
        return false;
    }
}
