// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.guixp2p.node.testing.Eventually;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Entities whose streams end well, though what was announced did not come: as Pekko hands them on now and then. */
class WholeBodyTest {
    private static ActorTestKit kit;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private static String read(HttpEntity entity) {
        return Eventually.get(WholeBody.of(entity).runFold(ByteString.emptyByteString(), ByteString::concat,
                kit.system())).utf8String();
    }

    private static void assertTruncated(HttpEntity entity) {
        assertInstanceOf(HttpFault.Truncated.class, assertInstanceOf(HttpFaultException.class,
                assertThrows(CompletionException.class, () -> read(entity)).getCause()).fault());
    }

    private static HttpEntity ofLength(long length, String... parts) {
        return HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, length,
                Source.from(List.of(parts)).map(ByteString::fromString));
    }

    @Test
    void aLengthIsAPromise() {
        assertEquals("abc", read(ofLength(3, "a", "bc")));
        assertTruncated(ofLength(4, "a", "bc"));
        assertTruncated(ofLength(1));
    }

    @Test
    void chunksEndWithTheLast() {
        assertTruncated(HttpEntities.createChunked(ContentTypes.APPLICATION_OCTET_STREAM,
                Source.single(ByteString.fromString("abc"))));
    }

    @Test
    void nobodyKnowsWhereACloseDelimitedBodyShouldEnd() {
        assertEquals("abc", read(HttpEntities.createCloseDelimited(ContentTypes.APPLICATION_OCTET_STREAM,
                Source.single(ByteString.fromString("abc")))));
    }
}
