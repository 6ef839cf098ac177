// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;

class ReplyHeadTest {
    private static final RequestReader.Manner USUAL = new RequestReader.Manner(false, false, false, false);

    private static Instant date() {
        String head = new String(ReplyHead.of(Reply.text(Reply.OK, "text"), USUAL), ISO_8859_1);
        assertTrue(head.startsWith("HTTP/1.1 200 OK\r\nDate: "), head);
        assertTrue(head.endsWith("Content-Length: 4\r\n\r\n"), head);
        String date = head.lines().skip(1).findFirst().orElseThrow().substring("Date: ".length());
        return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    }

    @Test
    void itSaysWhenItIs() {
        long before = Instant.now().getEpochSecond();
        long said = date().getEpochSecond();
        assertTrue(said >= before && said <= Instant.now().getEpochSecond(), () -> said + ", not " + before);
    }

    @Test
    void theLastOneSaysSo() {
        String head = new String(ReplyHead.of(Reply.of(Reply.NOT_FOUND),
                new RequestReader.Manner(false, true, false, false)), ISO_8859_1);
        assertTrue(head.contains("\r\nConnection: close\r\n"), head);
        assertEquals(0, head.indexOf("HTTP/1.1 404 Not Found\r\n"));
    }
}
