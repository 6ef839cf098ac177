// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private static final String ITEM = "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";

    static byte[] frame(int type, byte[] body) {
        return ByteBuffer.allocate(FrameDecoder.HEADER + body.length).putInt(body.length).put((byte) type).put(body)
                .array();
    }

    static byte[] frame(int type, String body) {
        return frame(type, body.getBytes(UTF_8));
    }

    static byte[] bytes(BridgeMessage message) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FrameEncoder.write(message, bytes);
        return bytes.toByteArray();
    }

    private static FromRestorer restorer(byte[] frame) throws IOException {
        FrameDecoder<FromRestorer> decoder = FrameDecoder.ofRestorer();
        FromRestorer message = decoder.read(new ByteArrayInputStream(frame));
        assertFalse(decoder.holdsPart());
        return Objects.requireNonNull(message);
    }

    private static FromNode node(byte[] frame) throws IOException {
        FrameDecoder<FromNode> decoder = FrameDecoder.ofNode();
        FromNode message = decoder.read(new ByteArrayInputStream(frame));
        assertFalse(decoder.holdsPart());
        return Objects.requireNonNull(message);
    }

    private static void refused(String inMessage, byte[] frame) {
        boolean fromRestorer = frame[4] < 16;
        FormatException thrown = assertThrows(FormatException.class, () -> {
            if (fromRestorer) {
                restorer(frame);
            } else {
                node(frame);
            }
        });
        String message = String.valueOf(thrown.getMessage());
        assertTrue(message.contains(inMessage), message);
        assertEquals(1, message.lines().count());
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    /** The bytes of every frame, as the document fixes them, and what they mean. */
    @Nested
    class Correct {
        @Test
        void goldenBytes() throws IOException {
            golden("00000003 02 612062", new FromRestorer.Command("a b"));
            golden("00000003 03 01 6f6b", new FromRestorer.Result(true, "ok"));
            golden("00000001 03 00", new FromRestorer.Result(false, ""));
            golden("00000014 10 76657273696f6e3d310a 6167656e743d782f310a", new FromNode.Welcome(1, "x/1"));
            golden("00000000 11", new FromNode.Paths(List.of()));
            golden("00000002 12 613a", new FromNode.Narinfo(ascii("a:")));
            golden("00000000 13", new FromNode.End());
            golden("00000001 14 40", new FromNode.Trace(ascii("@")));
            golden("00000002 15 0001", new FromNode.Nar(ByteBuffer.wrap(new byte[]{0, 1})));
            golden("00000000 16", new FromNode.NarEnd());
            golden("00000000 17", new FromNode.Restart());
            golden("00000002 18 c3bc", new FromNode.NotFound("ü"));
            golden("00000001 19 78", new FromNode.Refused("x"));
            golden("00000000 1a", new FromNode.Alive());
        }

        private void golden(String hex, BridgeMessage message) throws IOException {
            byte[] frame = HexFormat.of().parseHex(hex.replace(" ", ""));
            assertEquals(HexFormat.of().formatHex(frame), HexFormat.of().formatHex(bytes(message)));
            assertEquals(message, message instanceof FromNode ? node(frame) : restorer(frame));
        }

        @Test
        void hello() throws IOException {
            String body = "version=1\nmode=substitute\ndaemon=4711:99\n\nlocale=C\nx=\n";
            FromRestorer.Hello hello = new FromRestorer.Hello(1, FromRestorer.Mode.SUBSTITUTE,
                    new FromRestorer.Daemon(4711, 99), "locale=C\nx=\n");
            assertEquals(hello, restorer(frame(1, body)));
            assertEquals(body, new String(bytes(hello), FrameDecoder.HEADER, body.length(), UTF_8));
        }

        @Test
        void unknownNamesAreSkipped() throws IOException {
            assertEquals(new FromRestorer.Hello(2, FromRestorer.Mode.QUERY, null, ""),
                    restorer(frame(1, "colour=blue\nmode=query\nversion=2\ncolour=red\n\n")));
            assertEquals(new FromNode.Welcome(1, ""), node(frame(16, "version=1\ncolour=blue\n")));
        }

        @Test
        void paths() throws IOException {
            StorePath path = StorePath.parse(ITEM);
            assertEquals(new FromNode.Paths(List.of(path, path)), node(frame(17, ITEM + "\n" + ITEM + "\n")));
            assertEquals(ITEM + "\n", new String(bytes(new FromNode.Paths(List.of(path))), 5, 57, UTF_8));
        }

        @Test
        void aLengthIsKnownFromTheHeaderOn() throws IOException {
            FrameDecoder<FromRestorer> decoder = FrameDecoder.ofRestorer();
            byte[] frame = frame(2, "have x");
            for (int i = 0; i < frame.length; i++) {
                assertNull(decoder.next());
                assertEquals(i < FrameDecoder.HEADER ? 0 : 6, decoder.announced());
                decoder.feed(ByteBuffer.wrap(frame, i, 1));
            }
            assertEquals(new FromRestorer.Command("have x"), decoder.next());
            assertEquals(0, decoder.announced());
        }

        @Test
        void messagesStayAsTheyWereWhileMoreIsRead() throws IOException {
            FrameDecoder<FromNode> decoder = FrameDecoder.ofNode();
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int i = 0; i < 40; i++) {
                byte[] body = new byte[65_536 - i];
                Arrays.fill(body, (byte) i);
                stream.writeBytes(frame(21, body));
            }
            List<FromNode> messages = new ArrayList<>();
            ByteArrayInputStream source = new ByteArrayInputStream(stream.toByteArray());
            while (true) {
                FromNode message = decoder.read(source);
                if (message == null) {
                    break;
                }
                messages.add(message);
            }
            assertEquals(40, messages.size());
            for (int i = 0; i < 40; i++) {
                byte[] expected = new byte[65_536 - i];
                Arrays.fill(expected, (byte) i);
                assertEquals(new FromNode.Nar(ByteBuffer.wrap(expected)), messages.get(i));
            }
        }

        @Test
        void channels() throws IOException {
            byte[] stream = frame(26, "");
            FrameDecoder<FromNode> decoder = FrameDecoder.ofNode();
            var channel = Channels.newChannel(new ByteArrayInputStream(stream));
            assertEquals(new FromNode.Alive(), decoder.read(channel));
            assertNull(decoder.read(channel));
        }
    }

    /** A frame that has not wholly come gives no message, and an end of the stream within it is told. */
    @Nested
    class Insufficient {
        @ParameterizedTest
        @ValueSource(ints = {1, 4, 5, 6, 8})
        void partOfAFrame(int length) throws IOException {
            byte[] whole = frame(24, "gone");
            FrameDecoder<FromNode> decoder = FrameDecoder.ofNode();
            decoder.feed(ByteBuffer.wrap(whole, 0, length));
            assertNull(decoder.next());
            assertTrue(decoder.holdsPart());
            assertThrows(EOFException.class, () -> decoder.read(new ByteArrayInputStream(new byte[0])));
            decoder.feed(ByteBuffer.wrap(whole, length, whole.length - length));
            assertEquals(new FromNode.NotFound("gone"), decoder.next());
            assertFalse(decoder.holdsPart());
        }

        @Test
        void nothing() throws IOException {
            FrameDecoder<FromNode> decoder = FrameDecoder.ofNode();
            assertNull(decoder.read(new ByteArrayInputStream(new byte[0])));
            assertThrows(EOFException.class, () -> FrameDecoder.ofNode()
                    .read(Channels.newChannel(new ByteArrayInputStream(new byte[3]))));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "version=1\n\n", "mode=query\n\n", "version=1\nmode=query\n",
            "version=1\nmode=query",
            "version=1\nmode=query\ndaemon=1:2"})
        void helloThatLacksSomething(String body) {
            refused("hello", frame(1, body));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "agent=x\n", "version=1"})
        void welcomeThatLacksSomething(String body) {
            refused("welcome", frame(16, body));
        }

        @Test
        void otherBodiesThatLackSomething() {
            refused("command", frame(2, ""));
            refused("result", frame(3, ""));
            refused("cut short", frame(17, ITEM));
        }
    }

    /** Bytes of the right length that mean nothing. */
    @Nested
    class Invalid {
        @ParameterizedTest
        @ValueSource(ints = {0, 4, 15, 27, 127, 128, 255})
        void unknownTypes(int type) {
            refused("unknown frame type " + type, frame(type, ""));
        }

        @ParameterizedTest
        @EnumSource(FrameType.class)
        void typesOfTheOtherSide(FrameType type) {
            byte[] frame = frame(type.code(), "");
            FormatException thrown = assertThrows(FormatException.class, () -> {
                if (type.code() < 16) {
                    node(frame);
                } else {
                    restorer(frame);
                }
            });
            assertTrue(String.valueOf(thrown.getMessage()).contains("'" + type + "'"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"version=0\nmode=query\n\n", "version=x\nmode=query\n\n", "version=\nmode=query\n\n",
            "version=-1\nmode=query\n\n", "version=99999\nmode=query\n\n", "version=1\nversion=1\nmode=query\n\n",
            "version=1\nmode=both\n\n", "version=1\nmode=query\nmode=query\n\n", "version\nmode=query\n\n",
            "=1\nversion=1\nmode=query\n\n", "version=1\nmode=query\ndaemon=\n\n",
            "version=1\nmode=query\ndaemon=1\n\n", "version=1\nmode=query\ndaemon=0:1\n\n",
            "version=1\nmode=query\ndaemon=1:\n\n", "version=1\nmode=query\ndaemon=:1\n\n",
            "version=1\nmode=query\ndaemon=1:2:3\n\n", "version=1\nmode=query\ndaemon=-1:2\n\n",
            "version=1\nmode=query\ndaemon=1:1\ndaemon=1:1\n\n",
            "version=1\nmode=query\ndaemon=9999999999999999999:1\n\n"})
        void hello(String body) {
            refused("hello", frame(1, body));
        }

        @ParameterizedTest
        @ValueSource(strings = {"version=1\nversion=2\n", "version=1\nagent=a\nagent=b\n", "version=1\nagent\n"})
        void welcome(String body) {
            refused("welcome", frame(16, body));
        }

        @ParameterizedTest
        @ValueSource(strings = {"have a\n", "have\nhave", "\n", "have\0a"})
        void command(String body) {
            refused("command", frame(2, body));
        }

        @ParameterizedTest
        @ValueSource(strings = {"\n", "/tmp/x\n", "/gnu/store\n", "/gnu/store/../x\n", ITEM + "/bin\n", ITEM + "\r\n"})
        void paths(String body) {
            refused("store", frame(17, body));
        }

        @Test
        void results() {
            refused("0 or 1", frame(3, new byte[]{2}));
            refused("0 or 1", frame(3, "1"));
        }

        @ParameterizedTest
        @CsvSource({"1", "2", "16", "17", "24", "25"})
        void textThatIsNotUtf8(int type) {
            refused("not UTF-8", frame(type, new byte[]{'a', (byte) 0xff}));
            refused("not UTF-8", frame(type, new byte[]{(byte) 0xed, (byte) 0xa0, (byte) 0x80}));
        }

        @Test
        void aNoteThatIsNotUtf8() {
            refused("not UTF-8", frame(3, new byte[]{1, (byte) 0xff}));
        }

        @Test
        void theErrorIsFinal() throws IOException {
            FrameDecoder<FromNode> decoder = FrameDecoder.ofNode();
            decoder.feed(ByteBuffer.wrap(frame(99, "")));
            assertThrows(FormatException.class, decoder::next);
            decoder.feed(ByteBuffer.wrap(frame(26, "")));
            assertThrows(FormatException.class, decoder::next);
        }
    }

    /** Lengths that the type of a frame does not allow. */
    @Nested
    class InvalidLength {
        @ParameterizedTest
        @EnumSource(FrameType.class)
        void aboveTheLimitOfItsType(FrameType type) {
            header(type, type.maxLength() + 1);
            header(type, Integer.MAX_VALUE);
            header(type, Integer.MIN_VALUE);
            header(type, -1);
        }

        /** The header alone must do: nothing is set aside, and nothing more is waited for. */
        private void header(FrameType type, int length) {
            refused("above the limit of " + type.maxLength(),
                    ByteBuffer.allocate(5).putInt(length).put((byte) type.code()).array());
        }

        @ParameterizedTest
        @EnumSource(value = FrameType.class, names = {"NARINFO", "TRACE", "NAR", "NOT_FOUND", "ERROR"})
        void exactlyTheLimit(FrameType type) throws IOException {
            assertEquals(type, node(frame(type.code(), new byte[type.maxLength()])).type());
        }

        @Test
        void exactlyTheLimitOfACommand() throws IOException {
            String line = "a".repeat(FrameType.COMMAND.maxLength());
            assertEquals(new FromRestorer.Command(line), restorer(bytes(new FromRestorer.Command(line))));
        }

        /** A daemon that asks once about a whole system does not cost its connection that much for ever. */
        @Test
        void aLargeFrameIsNotHeldOnTo() throws IOException {
            FromRestorer.Command large = new FromRestorer.Command("info " + "a".repeat(2_000_000));
            FromRestorer.Command small = new FromRestorer.Command("have b");
            FrameDecoder<FromRestorer> decoder = FrameDecoder.ofRestorer();
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.writeBytes(bytes(large));
            both.writeBytes(bytes(small));
            ByteBuffer stream = ByteBuffer.wrap(both.toByteArray());
            FromRestorer first = decoder.next();
            while (first == null) {
                decoder.feed(stream);
                first = decoder.next();
            }
            assertEquals(large, first);
            assertTrue(decoder.held() <= 1 << 18, "holds " + decoder.held());
            FromRestorer second = decoder.next();
            while (second == null) {
                decoder.feed(stream);
                second = decoder.next();
            }
            assertEquals(small, second);
            assertFalse(decoder.holdsPart());
        }

        @ParameterizedTest
        @ValueSource(ints = {19, 22, 23, 26})
        void bodiesThatShouldBeEmpty(int type) {
            refused("no body expected", frame(type, "x"));
        }

        /** Those could come for ever and bring nothing. */
        @Test
        void bodiesThatMustNotBeEmpty() {
            refused("nar: empty", frame(21, ""));
        }

        @Test
        void theEncoderRefusesToo() {
            ByteBuffer tooLong = ByteBuffer.allocate(65_537);
            assertThrows(IllegalArgumentException.class, () -> FrameEncoder.encode(new FromNode.Nar(tooLong)));
            assertThrows(IllegalArgumentException.class,
                    () -> FrameEncoder.encode(new FromNode.Narinfo(ByteBuffer.allocate((1 << 20) + 1))));
            assertThrows(IllegalArgumentException.class,
                    () -> FrameEncoder.encode(new FromNode.NotFound("ü".repeat(32_769))));
            assertThrows(IllegalArgumentException.class,
                    () -> FrameEncoder.encode(new FromRestorer.Result(false, "x".repeat(65_536))));
        }
    }
}
