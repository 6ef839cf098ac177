// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ExactLengthTest {
    private static ActorTestKit kit;

    private final List<String> passed = new ArrayList<>();

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private void run(int length, String... chunks) {
        Eventually.get(Source.from(List.of(chunks)).map(ByteString::fromString).via(new ExactLength(length))
                .runWith(Sink.foreach(chunk -> passed.add(chunk.utf8String())), kit.system()));
    }

    private HttpFault fault(int length, String... chunks) {
        return assertInstanceOf(HttpFaultException.class,
                assertThrows(CompletionException.class, () -> run(length, chunks)).getCause()).fault();
    }

    @Test
    void theRightNumberPasses() {
        run(5, "ab", "", "cde");
        assertEquals(List.of("ab", "", "cde"), passed);
    }

    @Test
    void nothingIsRightWhereNothingIsExpected() {
        run(0);
        assertEquals(List.of(), passed);
    }

    @Test
    void oneTooFewIsNotTheEnd() {
        assertEquals(new HttpFault.Truncated("4 of 5 bytes"), fault(5, "ab", "cd"));
        assertEquals(List.of("ab", "cd"), passed);
    }

    @Test
    void oneTooManyDoesNotPass() {
        assertEquals(new HttpFault.TooLarge(5), fault(5, "ab", "cdef", "g"));
        assertEquals(List.of("ab"), passed);
    }
}
