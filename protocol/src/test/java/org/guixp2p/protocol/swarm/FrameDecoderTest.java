// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.guixp2p.protocol.swarm.WireVectors.H;
import static org.guixp2p.protocol.swarm.WireVectors.R;
import static org.guixp2p.protocol.swarm.WireVectors.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class FrameDecoderTest {
    private static final byte[] HASH = H.digest().bytes();

    /** Writes the fields of a CBOR map. */
    interface Fields {
        void write(CBORGenerator cbor) throws IOException;
    }

    private static byte[] cbor(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator cbor = new CBORFactory().createGenerator(bytes)) {
            cbor.writeStartObject();
            fields.write(cbor);
            cbor.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] frame(int type, byte[] body) {
        return ByteBuffer.allocate(5 + body.length).putInt(1 + body.length).put((byte) type).put(body).array();
    }

    private static byte[] frame(FrameType type, Fields fields) {
        return frame(type.code(), cbor(fields));
    }

    private static byte[] block(int index, int encoding, int rawLength, int wireLength) {
        return frame(22, ByteBuffer.allocate(13 + wireLength).putInt(3).putInt(index).put((byte) encoding)
                .putInt(rawLength).array());
    }

    private static void request(CBORGenerator cbor, int block) throws IOException {
        cbor.writeNumberField("id", 9);
        cbor.writeBinaryField("nar", HASH);
        cbor.writeBinaryField("root", HASH);
        cbor.writeNumberField("block", block);
    }

    private static @Nullable SwarmMessage decode(byte[] bytes) throws FormatException {
        return new FrameDecoder().decode(ByteBuffer.wrap(bytes));
    }

    private static String refusal(byte[] bytes) {
        FormatException refused = assertThrows(FormatException.class, () -> decode(bytes));
        String message = String.valueOf(refused.getMessage());
        assertFalse(message.contains("\n") || message.isEmpty(), message);
        return message;
    }

    @Nested
    class Correct {
        static Stream<SwarmMessage> messages() {
            return WireVectors.messages().values().stream();
        }

        @ParameterizedTest
        @MethodSource("messages")
        void everyMessageComesBack(SwarmMessage message) throws FormatException {
            assertEquals(message, decode(bytes(message)));
        }

        @Test
        void theLargestBlockAndPage() throws FormatException {
            byte[] block = new byte[BlockLayout.BLOCK_BYTES];
            SwarmMessage.Block largest = new SwarmMessage.Block(new RequestId(1), 0, BlockPayload.raw(block));
            assertEquals(largest, decode(bytes(largest)));
            SwarmMessage.ManifestPart part = new SwarmMessage.ManifestPart(new RequestId(1),
                    ManifestPage.of(1023, new byte[4096 * 32], new byte[10 * 32]));
            assertEquals(part, decode(bytes(part)));
        }

        @Test
        void theLargestQueryAndRelay() throws FormatException {
            List<NarHash> nars = Stream.iterate(0, i -> i + 1).limit(64)
                    .map(i -> new NarHash(Sha256.hash(new byte[]{i.byteValue()}))).toList();
            SwarmMessage query = new SwarmMessage.Query(new RequestId(1), nars, false, 0);
            assertEquals(query, decode(bytes(query)));
            byte[] bits = new byte[BlockBits.MAX_BYTES];
            Arrays.fill(bits, (byte) -1);
            SwarmMessage have = new SwarmMessage.Have(H, R, BlockBits.of(77, bits));
            assertEquals(have, decode(bytes(have)));
            Fingerprints most = Fingerprints.of(new long[Fingerprints.MAX_BYTES]);
            SwarmMessage change = new SwarmMessage.InventoryChange(most, most);
            assertEquals(change, decode(bytes(change)));
            SwarmMessage narinfo = new SwarmMessage.SignedNarinfo(new RequestId(1),
                    new byte[SwarmMessage.SignedNarinfo.MAX_TEXT]);
            assertEquals(narinfo, decode(bytes(narinfo)));
        }

        @Test
        void aBlockIsReadStraightIntoItsArray() throws FormatException {
            byte[] frame = bytes(new SwarmMessage.Block(new RequestId(1), 0, BlockPayload.raw(new byte[]{1, 2, 3})));
            FrameDecoder decoder = new FrameDecoder();
            assertNull(decoder.decode(ByteBuffer.wrap(frame, 0, 18)));
            ByteBuffer space = decoder.space();
            assertEquals(3, space.remaining());
            space.put(new byte[]{1, 2, 3});
            SwarmMessage.Block block = assertInstanceOf(SwarmMessage.Block.class, decoder.advance());
            space.put(1, (byte) 9);
            assertArrayEquals(new byte[]{1, 9, 3}, block.payload().block());
        }

        @Test
        void absentKeysHaveTheirDefaults() throws FormatException {
            assertEquals(new SwarmMessage.Hello(2, Set.of(), "", 0, 1),
                    decode(frame(FrameType.HELLO, cbor -> {
                        cbor.writeNumberField("version", 2);
                        cbor.writeNumberField("slots", 1);
                    })));
            assertEquals(new SwarmMessage.Query(new RequestId(9), List.of(H), false, 0),
                    decode(frame(FrameType.QUERY, cbor -> {
                        cbor.writeNumberField("id", 9);
                        cbor.writeArrayFieldStart("nars");
                        cbor.writeBinary(HASH);
                        cbor.writeEndArray();
                    })));
            assertEquals(new SwarmMessage.BlockRequest(new RequestId(9), H, H.digest(), 0),
                    decode(frame(FrameType.BLOCK_REQUEST, cbor -> request(cbor, 0))));
            assertEquals(new SwarmMessage.InventoryChange(Fingerprints.of(), Fingerprints.of()),
                    decode(frame(FrameType.INVENTORY_CHANGE, cbor -> {})));
            assertEquals(new SwarmMessage.Refused(new RequestId(9), RefusalReason.FAILED),
                    decode(frame(FrameType.REFUSED, cbor -> {
                        cbor.writeNumberField("id", 9);
                        cbor.writeStringField("reason", "failed");
                    })));
        }

        @Test
        void unknownReasonsAreOthers() throws FormatException {
            assertEquals(new SwarmMessage.Refused(new RequestId(9), RefusalReason.OTHER),
                    decode(frame(FrameType.REFUSED, cbor -> {
                        cbor.writeNumberField("id", 9);
                        cbor.writeStringField("reason", "full-moon");
                    })));
            assertEquals(new SwarmMessage.Goodbye(GoodbyeReason.OTHER, ""),
                    decode(frame(FrameType.GOODBYE, cbor -> cbor.writeStringField("reason", "full-moon"))));
        }

        @Test
        void unknownKeysAndFramesAreSkipped() throws FormatException {
            ByteBuffer stream = ByteBuffer.allocate(70_000);
            stream.put(frame(200, new byte[65_536])).put(frame(99, new byte[0]));
            stream.put(frame(FrameType.PING, cbor -> {
                cbor.writeObjectFieldStart("later");
                cbor.writeArrayFieldStart("list");
                cbor.writeNumber(1.5);
                cbor.writeNull();
                cbor.writeEndArray();
                cbor.writeEndObject();
                cbor.writeNumberField("nonce", 5);
                cbor.writeStringField("note", "x");
            }));
            FrameDecoder decoder = new FrameDecoder();
            assertEquals(new SwarmMessage.Ping(5), decoder.decode(stream.flip()));
            assertFalse(decoder.midFrame());
        }
    }

    @Nested
    class Insufficient {
        static Stream<SwarmMessage> messages() {
            return WireVectors.messages().values().stream();
        }

        @ParameterizedTest
        @MethodSource("messages")
        void aCutFrameGivesNothingAndIsNoticed(SwarmMessage message) throws FormatException {
            byte[] frame = bytes(message);
            for (int length = 0; length < frame.length; length++) {
                FrameDecoder decoder = new FrameDecoder();
                assertNull(decoder.decode(ByteBuffer.wrap(frame, 0, length)));
                assertEquals(length > 0, decoder.midFrame());
            }
        }

        /** Each body, cut short, in a frame of the length that is left. */
        @ParameterizedTest
        @MethodSource("messages")
        void aCutBodyIsRefused(SwarmMessage message) throws FormatException {
            byte[] frame = bytes(message);
            for (int length = 5; length < frame.length; length++) {
                byte[] cut = Arrays.copyOf(frame, length);
                ByteBuffer.wrap(cut).putInt(length - 4);
                if (message instanceof SwarmMessage.Block(RequestId _, int _, BlockPayload payload)
                        && payload.encoding() != BlockPayload.Encoding.RAW && length > 18) {
                    SwarmMessage.Block shorter = assertInstanceOf(SwarmMessage.Block.class, decode(cut));
                    assertThrows(FormatException.class, () -> shorter.payload().block(WireVectors.prefix()));
                } else {
                    refusal(cut);
                }
            }
        }

        @Test
        void missingKeysAreNamed() {
            assertEquals("ping: no 'nonce'", refusal(frame(FrameType.PING, cbor -> {})));
            assertEquals("not-here: no 'nar'",
                    refusal(frame(FrameType.NOT_HERE, cbor -> cbor.writeNumberField("id", 1))));
            assertEquals("inventory: no 'key'",
                    refusal(frame(FrameType.INVENTORY, cbor -> cbor.writeNumberField("items", 1))));
            assertEquals("query: number of NARs out of range: 0",
                    refusal(frame(FrameType.QUERY, cbor -> cbor.writeNumberField("id", 1))));
        }
    }

    @Nested
    class Invalid {
        static Stream<Arguments> bodies() {
            return Stream.of(
                    Arguments.of("ping: a CBOR map expected", frame(3, new byte[]{0x01})),
                    Arguments.of("ping: a CBOR map expected", frame(3, new byte[]{(byte) 0x80})),
                    Arguments.of("ping: malformed CBOR", frame(3, new byte[]{(byte) 0xa1, 0x1c})),
                    Arguments.of("ping: more than one CBOR value", frame(3,
                            new byte[]{(byte) 0xa1, 0x65, 'n', 'o', 'n', 'c', 'e', 1, 1})),
                    Arguments.of("ping nonce: a number expected",
                            frame(FrameType.PING, cbor -> cbor.writeStringField("nonce", "1"))),
                    Arguments.of("ping nonce: a number expected",
                            frame(FrameType.PING, cbor -> cbor.writeNumberField("nonce", 1.0))),
                    Arguments.of("ping nonce: a number expected",
                            frame(FrameType.PING, cbor -> cbor.writeNullField("nonce"))),
                    Arguments.of("ping nonce: 0 to 9223372036854775807 expected",
                            frame(FrameType.PING, cbor -> cbor.writeNumberField("nonce", -1))),
                    Arguments.of("ping nonce: 0 to 9223372036854775807 expected", frame(FrameType.PING,
                            cbor -> cbor.writeNumberField("nonce", BigInteger.ONE.shiftLeft(63)))),
                    Arguments.of("ping: malformed CBOR", frame(FrameType.PING, cbor -> {
                        cbor.writeNumberField("nonce", 1);
                        cbor.writeNumberField("nonce", 1);
                    })),
                    Arguments.of("cancel id: 0 to 4294967295 expected",
                            frame(FrameType.CANCEL, cbor -> cbor.writeNumberField("id", 1L << 32))),
                    Arguments.of("hello agent: up to 64 characters expected",
                            frame(FrameType.HELLO, cbor -> cbor.writeStringField("agent", "x".repeat(65)))),
                    Arguments.of("hello: agent: up to 64 printable characters expected, found 'a\\x0ab'",
                            frame(FrameType.HELLO, cbor -> {
                                cbor.writeNumberField("version", 1);
                                cbor.writeNumberField("slots", 1);
                                cbor.writeStringField("agent", "a\nb");
                            })),
                    Arguments.of("hello: version out of range: 0", frame(FrameType.HELLO, cbor -> {
                        cbor.writeNumberField("version", 0);
                        cbor.writeNumberField("slots", 1);
                    })),
                    Arguments.of("hello: not a feature's name: 'A'", frame(FrameType.HELLO, cbor -> {
                        cbor.writeNumberField("version", 1);
                        cbor.writeNumberField("slots", 1);
                        cbor.writeArrayFieldStart("features");
                        cbor.writeString("A");
                        cbor.writeEndArray();
                    })),
                    Arguments.of("query: a NAR asked for twice", query(false, 0, 2, true)),
                    Arguments.of("query: a manifest or blocks asked for with several NARs", query(true, 0, 2, false)),
                    Arguments.of("query: a manifest or blocks asked for with several NARs", query(false, 1, 2, false)),
                    Arguments.of("query blocks: 0 to 4 expected", query(false, 5, 1, false)),
                    Arguments.of("query nars: up to 64 elements expected", query(false, 0, 65, false)),
                    Arguments.of("offer: a relay offers blocks that a NAR of 1 bytes has not",
                            frame(FrameType.OFFER, cbor -> {
                                offer(cbor, 1);
                                cbor.writeObjectFieldStart("relay");
                                cbor.writeNumberField("from", 0);
                                cbor.writeBinaryField("bits", new byte[]{0x40});
                                cbor.writeEndObject();
                            })),
                    Arguments.of("offer relay: a map expected", frame(FrameType.OFFER, cbor -> {
                        offer(cbor, 1);
                        cbor.writeBooleanField("relay", true);
                    })),
                    Arguments.of("offer size: 0 to 1099511627776 expected",
                            frame(FrameType.OFFER, cbor -> offer(cbor, (1L << 40) + 1))),
                    Arguments.of("have: a window of blocks that reaches to 4194305", frame(FrameType.HAVE, cbor -> {
                        cbor.writeBinaryField("nar", HASH);
                        cbor.writeBinaryField("root", HASH);
                        cbor.writeNumberField("from", (1 << 22) - 1);
                        cbor.writeBinaryField("bits", new byte[]{0x40});
                    })),
                    Arguments.of("narinfo text: 1 to 64512 bytes expected", narinfo(0)),
                    Arguments.of("narinfo text: 1 to 64512 bytes expected",
                            narinfo(SwarmMessage.SignedNarinfo.MAX_TEXT + 1)),
                    Arguments.of("narinfo-request item: 32 to 32 bytes expected",
                            frame(FrameType.NARINFO_REQUEST, cbor -> {
                                cbor.writeNumberField("id", 1);
                                cbor.writeBinaryField("item", new byte[31]);
                            })),
                    Arguments.of("inventory items: 0 to 1048576 expected", inventory(16, 1_048_577)),
                    Arguments.of("inventory key: 16 to 16 bytes expected", inventory(15, 1)),
                    Arguments.of("inventory key: 16 to 16 bytes expected", inventory(17, 1)),
                    Arguments.of("inventory-change: fingerprints that are cut off", change("added", (byte) 0x80)),
                    Arguments.of("inventory-change: fingerprints that are cut off", change("removed", (byte) 0x80)),
                    Arguments.of("inventory-change: a difference of fingerprints that is not in its shortest form",
                            change("added", (byte) 0x81, (byte) 0)),
                    Arguments.of("inventory-change: no fingerprint after 1: 8589934592",
                            change("removed", (byte) 1, (byte) -1, (byte) -1, (byte) -1, (byte) -1, (byte) 0x1f)),
                    Arguments.of("inventory-change added: 0 to 32000 bytes expected",
                            change("added", new byte[Fingerprints.MAX_BYTES + 1])),
                    Arguments.of("block-request prefix: true or false expected",
                            frame(FrameType.BLOCK_REQUEST, cbor -> {
                                request(cbor, 1);
                                cbor.writeNumberField("prefix", 2);
                            })),
                    Arguments.of("block-request: the first block has no blocks before it",
                            frame(FrameType.BLOCK_REQUEST, cbor -> {
                                request(cbor, 0);
                                cbor.writeBooleanField("prefix", true);
                            })),
                    Arguments.of("block: encoding 2 of the first, which has no blocks before it", block(0, 2, 4, 3)),
                    Arguments.of("block: encoding 3 is not known", block(1, 3, 4, 4)),
                    Arguments.of("block: number out of range: 4194304", block(1 << 22, 0, 4, 4)),
                    Arguments.of("block: number out of range: 4294967295", block(-1, 0, 4, 4)));
        }

        private static byte[] narinfo(int length) {
            return frame(FrameType.NARINFO, cbor -> {
                cbor.writeNumberField("id", 1);
                cbor.writeBinaryField("text", new byte[length]);
            });
        }

        private static byte[] inventory(int keyLength, int items) {
            return frame(FrameType.INVENTORY, cbor -> {
                cbor.writeBinaryField("key", new byte[keyLength]);
                cbor.writeNumberField("items", items);
            });
        }

        private static byte[] change(String key, byte... fingerprints) {
            return frame(FrameType.INVENTORY_CHANGE, cbor -> cbor.writeBinaryField(key, fingerprints));
        }

        private static byte[] query(boolean page, int blocks, int nars, boolean same) {
            return frame(FrameType.QUERY, cbor -> {
                cbor.writeNumberField("id", 1);
                cbor.writeArrayFieldStart("nars");
                for (int i = 0; i < nars; i++) {
                    cbor.writeBinary(Sha256.hash(new byte[]{(byte) (same ? 0 : i)}).bytes());
                }
                cbor.writeEndArray();
                cbor.writeBooleanField("page", page);
                cbor.writeNumberField("blocks", blocks);
            });
        }

        private static void offer(CBORGenerator cbor, long size) throws IOException {
            cbor.writeNumberField("id", 1);
            cbor.writeBinaryField("nar", HASH);
            cbor.writeNumberField("size", size);
            cbor.writeBinaryField("root", HASH);
        }

        @ParameterizedTest
        @MethodSource("bodies")
        void isRefusedInOneLine(String expected, byte[] frame) {
            String found = refusal(frame);
            assertTrue(found.startsWith(expected), found);
        }

        @Test
        void nestingIsBounded() {
            byte[] deep = new byte[5000];
            Arrays.fill(deep, (byte) 0x81);
            ByteBuffer.wrap(deep).put((byte) 0xa1).put((byte) 0x61).put((byte) 'x');
            assertEquals("ping: CBOR beyond the limits", refusal(frame(3, deep)));
        }

        @Test
        void aZstdBlockIsExactlyOfItsLength() throws FormatException {
            byte[] zeros = new byte[1000];
            SwarmMessage.Block block = new SwarmMessage.Block(new RequestId(1), 0, BlockPayload.compress(zeros, 3));
            byte[] frame = bytes(block);
            assertArrayEquals(zeros, block.payload().block());
            for (int claimed : new int[]{999, 1001, 200_000}) {
                ByteBuffer.wrap(frame).putInt(14, claimed);
                SwarmMessage.Block liar = assertInstanceOf(SwarmMessage.Block.class, decode(frame));
                assertThrows(FormatException.class, () -> liar.payload().block());
            }
        }

        @Test
        void aDamagedZstdBlockIsRefused() {
            byte[] garbage = new byte[500];
            Arrays.fill(garbage, (byte) 0x5a);
            BlockPayload payload = BlockPayload.of(BlockPayload.Encoding.ZSTD, 1000, garbage);
            assertThrows(FormatException.class, payload::block);
        }
    }

    @Nested
    class InvalidLength {
        static Stream<Arguments> limits() {
            return Stream.of(FrameType.values()).map(type -> Arguments.of(type.code(), type.longestBody()));
        }

        @ParameterizedTest
        @MethodSource("limits")
        void aLongerBodyIsRefusedAtItsHead(int type, int longest) {
            byte[] head = ByteBuffer.allocate(5).putInt(longest + 2).put((byte) type).array();
            assertTrue(refusal(head).endsWith("a body of " + (longest + 1) + " bytes, at most " + longest
                    + " allowed"));
        }

        @ParameterizedTest
        @MethodSource("limits")
        void theLongestBodyIsWaitedFor(int type, int longest) throws FormatException {
            byte[] head = ByteBuffer.allocate(5).putInt(longest + 1).put((byte) type).array();
            assertNull(decode(head));
        }

        @ParameterizedTest
        @CsvSource({"1", "3", "22", "200"})
        void lengthsOfFourGigabytesAreNotNegative(int type) {
            assertTrue(refusal(new byte[]{-1, -1, -1, -1, (byte) type}).contains("a body of 4294967294 bytes"));
        }

        @Test
        void anUnknownFrameIsNotSkippedAtAnyLength() {
            assertEquals("frame of type 200: a body of 65537 bytes, at most 65536 allowed",
                    refusal(new byte[]{0, 1, 0, 2, (byte) 200}));
        }

        /** Whoever has not said who it is has nothing to send that takes much memory. */
        @Test
        void aStrangersFirstFrameIsSmall() throws FormatException {
            byte[] block = ByteBuffer.allocate(5).putInt(65_538).put((byte) 22).array();
            FormatException refused = assertThrows(FormatException.class,
                    () -> FrameDecoder.ofStranger().decode(ByteBuffer.wrap(block)));
            assertEquals("block: a body of 65537 bytes, at most 65536 allowed", refused.getMessage());
            FrameDecoder greeted = FrameDecoder.ofStranger();
            SwarmMessage.Hello hello = new SwarmMessage.Hello(SwarmMessage.VERSION, Set.of(), "x", 0, 8);
            assertEquals(hello, greeted.decode(ByteBuffer.wrap(FrameEncoder.encode(hello).head())));
            assertNull(greeted.decode(ByteBuffer.wrap(block)));
        }

        @Test
        void aFrameWithoutTypeOrBody() {
            assertEquals("hello: a frame without a type", refusal(new byte[]{0, 0, 0, 0, 1}));
            assertEquals("ping: no body", refusal(new byte[]{0, 0, 0, 1, 3}));
            assertEquals("block: a body of 13 bytes has no block", refusal(block(0, 0, 0, 0)));
        }

        @ParameterizedTest
        @CsvSource({"0,4,3", "0,3,4", "0,0,4", "0,262145,4", "0,-1,4", "1,4,4", "1,4,5", "1,0,4", "1,262145,4",
            "1,-2147483648,4", "2,4,4", "2,4,5", "2,0,4", "2,262145,4", "2,-1,4"})
        void aBlocksLengthsAgree(int encoding, int rawLength, int wireLength) {
            assertTrue(refusal(block(1, encoding, rawLength, wireLength)).startsWith("block: " + wireLength
                    + " bytes cannot be "));
        }

        @Test
        void hashesHaveThirtyTwoBytes() {
            assertEquals("not-here nar: 32 to 32 bytes expected", refusal(frame(FrameType.NOT_HERE, cbor -> {
                cbor.writeNumberField("id", 1);
                cbor.writeBinaryField("nar", new byte[31]);
            })));
            assertEquals("manifest-page: not a page of hashes: 31 bytes",
                    refusal(frame(FrameType.MANIFEST_PAGE, cbor -> {
                        cbor.writeNumberField("id", 1);
                        cbor.writeNumberField("page", 0);
                        cbor.writeBinaryField("hashes", new byte[31]);
                        cbor.writeBinaryField("proof", new byte[0]);
                    })));
        }

        /** A byte string that says it has 2 GiB, in a frame of a few bytes. */
        @Test
        void announcedLengthsAreNotBelieved() {
            byte[] body = {(byte) 0xa1, 0x63, 'n', 'a', 'r', 0x5a, 0x7f, -1, -1, -1, 1, 2, 3};
            assertTrue(refusal(frame(18, body)).startsWith("not-here: malformed CBOR: "));
            byte[] array = {(byte) 0xa1, 0x64, 'n', 'a', 'r', 's', (byte) 0x9a, 0x7f, -1, -1, -1, 1, 2, 3};
            refusal(frame(16, array));
        }
    }
}
