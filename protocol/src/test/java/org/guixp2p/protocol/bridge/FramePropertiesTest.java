// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.guixp2p.protocol.item.StorePath;

/** Whatever one side says comes out at the other, however the stream is cut. */
class FramePropertiesTest {
    @Property(tries = 300)
    void restorersRoundTripAcrossAnyCuts(@ForAll("restorers") List<FromRestorer> messages,
            @ForAll List<@IntRange(min = 1, max = 300) Integer> cuts) throws IOException {
        assertEquals(messages, decoded(FrameDecoder.ofRestorer(), messages, cuts));
    }

    @Property(tries = 300)
    void nodesRoundTripAcrossAnyCuts(@ForAll("nodes") List<FromNode> messages,
            @ForAll List<@IntRange(min = 1, max = 300) Integer> cuts) throws IOException {
        assertEquals(messages, decoded(FrameDecoder.ofNode(), messages, cuts));
    }

    private static <M extends BridgeMessage> List<M> decoded(FrameDecoder<M> decoder, List<M> messages,
            List<Integer> cuts) throws IOException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (M message : messages) {
            FrameEncoder.write(message, stream);
        }
        byte[] bytes = stream.toByteArray();
        List<M> found = new ArrayList<>();
        int position = 0;
        for (int i = 0; position < bytes.length; i++) {
            int length = Math.min(bytes.length - position, cuts.isEmpty() ? 1 : cuts.get(i % cuts.size()));
            decoder.feed(ByteBuffer.wrap(bytes, position, length));
            position += length;
            for (M message = decoder.next(); message != null; message = decoder.next()) {
                found.add(message);
            }
        }
        assertFalse(decoder.holdsPart());
        return found;
    }

    @Provide
    Arbitrary<List<FromRestorer>> restorers() {
        Arbitrary<FromRestorer> hellos = Combinators.combine(Arbitraries.integers().between(1, 9999),
                Arbitraries.of(FromRestorer.Mode.class), daemons().injectNull(0.3), text())
                .as(FromRestorer.Hello::new);
        Arbitrary<FromRestorer> commands = text().map(text -> text.replace("\n", "").replace("\0", ""))
                .filter(text -> !text.isEmpty()).map(FromRestorer.Command::new);
        Arbitrary<FromRestorer> results = Combinators.combine(Arbitraries.of(true, false), text())
                .as(FromRestorer.Result::new);
        return Arbitraries.oneOf(hellos, commands, results).list().ofMaxSize(12);
    }

    private static Arbitrary<FromRestorer.Daemon> daemons() {
        return Combinators.combine(Arbitraries.longs().between(1, 999_999_999_999_999_999L),
                Arbitraries.longs().between(0, 999_999_999_999_999_999L)).as(FromRestorer.Daemon::new);
    }

    @Provide
    Arbitrary<List<FromNode>> nodes() {
        Arbitrary<FromNode> welcomes = Combinators.combine(Arbitraries.integers().between(1, 9999),
                text().map(text -> text.replace("\n", ""))).as(FromNode.Welcome::new);
        Arbitrary<FromNode> paths = Arbitraries.strings().withCharRange('a', 'd').ofMinLength(1).ofMaxLength(20)
                .map(name -> new StorePath("0123456789abcdfghijklmnpqrsvwxyz-" + name)).list().ofMaxSize(5)
                .map(FromNode.Paths::new);
        return Arbitraries.oneOf(welcomes, paths, bytes().map(FromNode.Narinfo::new), bytes().map(FromNode.Trace::new),
                bytes().filter(ByteBuffer::hasRemaining).map(FromNode.Nar::new), text().map(FromNode.NotFound::new),
                text().map(FromNode.Refused::new),
                Arbitraries.of(new FromNode.End(), new FromNode.NarEnd(), new FromNode.Restart(), new FromNode.Alive()))
                .list().ofMaxSize(12);
    }

    private static Arbitrary<ByteBuffer> bytes() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(1000).map(ByteBuffer::wrap);
    }

    /** Any text that UTF-8 can carry. */
    private static Arbitrary<String> text() {
        return Arbitraries.strings().all().excludeChars(surrogates()).ofMaxLength(60);
    }

    private static char[] surrogates() {
        char[] all = new char[Character.MAX_SURROGATE - Character.MIN_SURROGATE + 1];
        for (int i = 0; i < all.length; i++) {
            all[i] = (char) (Character.MIN_SURROGATE + i);
        }
        return all;
    }
}
