// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.guixp2p.node.discovery.dht.LoneNode.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.guixp2p.protocol.dht.Octets;
import org.junit.jupiter.api.Test;

class OpenQuestionsTest {
    private long now = Long.MAX_VALUE - 1;
    private final OpenQuestions questions = new OpenQuestions(() -> now);

    private void ask(int who, String transaction) {
        questions.ask(at(who), Octets.ascii(transaction));
    }

    private boolean answers(int who, String datagram) {
        return questions.isAnswer(at(who), datagram.getBytes(US_ASCII));
    }

    @Test
    void eachQuestionHasOneAnswerFromWhoWasAsked() {
        ask(1, "abcd");
        ask(1, "efgh");
        assertTrue(questions.isAsked(at(1)));
        assertFalse(answers(2, "d1:t4:abcd1:y1:re"));
        assertFalse(answers(1, "d1:t4:ijkl1:y1:re"));
        assertTrue(answers(1, "d1:t4:abcd1:y1:re"));
        assertFalse(answers(1, "d1:t4:abcd1:y1:re"));
        assertTrue(answers(1, "d2:xx5:1:t4:1:t4:efgh1:y1:re"));
        assertFalse(questions.isAsked(at(1)));
    }

    @Test
    void whatIsCutOffIsNoAnswer() {
        ask(1, "abcd");
        for (String datagram : new String[]{"", "d", "d1:t4:", "d1:t4:abc", "d1:t3:abcd", "d1:t5:abcd"}) {
            assertFalse(answers(1, datagram), datagram);
        }
        assertTrue(answers(1, "1:t4:abcd"));
    }

    @Test
    void afterAWhileNobodyIsWaitedFor() {
        ask(1, "abcd");
        now += Transactions.TIMEOUT.toNanos();
        ask(2, "efgh");
        assertFalse(answers(1, "1:t4:abcd"));
        assertTrue(answers(2, "1:t4:efgh"));
    }

    @Test
    void ofTooManyTheOldestAreForgotten() {
        int many = 3 * Transactions.MAX_PENDING;
        for (int i = 0; i < many; i++) {
            ask(i, "abcd");
        }
        int open = 0;
        for (int i = 0; i < many; i++) {
            open += answers(i, "1:t4:abcd") ? 1 : 0;
        }
        assertEquals(2 * Transactions.MAX_PENDING, open);
    }
}
