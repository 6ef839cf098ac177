// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.guixp2p.protocol.swarm.WireVectors.H;
import static org.guixp2p.protocol.swarm.WireVectors.R;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many questions in one frame, besides what {@link FrameDecoderTest} and {@link FramePropertiesTest} have. */
class QueriesTest {
    private static @Nullable SwarmMessage decode(String body) throws FormatException {
        byte[] bytes = HexFormat.of().parseHex(body);
        return new FrameDecoder().decode(ByteBuffer.allocate(5 + bytes.length).putInt(1 + bytes.length).put((byte) 33)
                .put(bytes).flip());
    }

    private static String nars(int count, boolean same) {
        return "a262696401646e61727398" + HexFormat.of().toHexDigits((byte) count)
                + IntStream.range(0, count)
                        .mapToObj(i -> "5820" + Sha256.hash(new byte[]{(byte) (same ? 0 : i)}).hex())
                        .collect(Collectors.joining());
    }

    @Test
    void sixtyFourAndNoMore() throws FormatException {
        SwarmMessage.Queries most = (SwarmMessage.Queries) decode(nars(64, false));
        assertEquals(64, most == null ? 0 : most.nars().size());
        assertEquals("queries nars: up to 64 elements expected",
                assertThrows(FormatException.class, () -> decode(nars(65, false))).getMessage());
    }

    @Test
    void noneTwice() {
        assertEquals("queries: a NAR asked for twice",
                assertThrows(FormatException.class, () -> decode(nars(24, true))).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"a162696401,queries: number of NARs out of range: 0", "a1646e61727380,queries: no 'id'",
        "a26269640165736d616c6c01,queries small: true or false expected",
        "a262696401646e61727301,queries nars: an array expected",
        "a262696401646e617273814111,queries nars: 32 to 32 bytes expected"})
    void whatIsNone(String body, String expected) {
        assertEquals(expected, assertThrows(FormatException.class, () -> decode(body)).getMessage());
    }

    @Test
    void aLongerBodyIsRefusedBeforeItIsRead() {
        byte[] head = ByteBuffer.allocate(5).putInt(65_538).put((byte) 33).array();
        assertEquals("queries: a body of 65537 bytes, at most 65536 allowed", assertThrows(FormatException.class,
                () -> new FrameDecoder().decode(ByteBuffer.wrap(Arrays.copyOf(head, 6)))).getMessage());
    }

    /** Over the highest id, too. */
    @Test
    void eachHasThreeIdsOfItsOwn() {
        SwarmMessage.Queries queries = new SwarmMessage.Queries(new RequestId(-2), List.of(H, new NarHash(R)), true);
        SwarmMessage.Query second = new SwarmMessage.Query(new RequestId(1), List.of(new NarHash(R)), true, 1);
        assertEquals(List.of(new SwarmMessage.Query(new RequestId(-2), List.of(H), true, 1), second), queries.each());
        assertEquals(new RequestId(3), second.blockId(0));
    }

    @Test
    void withoutThePagesTheyAreAsFarApart() {
        SwarmMessage.Queries queries = new SwarmMessage.Queries(new RequestId(1), List.of(H, new NarHash(R)), false);
        assertEquals(new SwarmMessage.Query(new RequestId(4), List.of(new NarHash(R)), false, 0),
                queries.each().get(1));
    }
}
