// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.testing.RandomTrees;
import org.guixp2p.protocol.testing.TreeNode;

class NarPropertiesTest {
    @Provide
    Arbitrary<TreeNode> trees() {
        return RandomTrees.trees();
    }

    @Provide
    Arbitrary<String> names() {
        return RandomTrees.names();
    }

    @Property(tries = 200)
    void writerSpellsWhatTheFormatSays(@ForAll("trees") TreeNode tree) throws IOException {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        NarWriter writer = new NarWriter(written);
        tree.tell(writer);
        assertEquals(tree.nar().length, writer.finish());
        assertArrayEquals(tree.nar(), written.toByteArray());
    }

    @Property(tries = 200)
    void parserTellsTheTreeHoweverTheBytesAreCut(@ForAll("trees") TreeNode tree, @ForAll long seed)
            throws IOException {
        byte[] nar = tree.nar();
        Random random = new Random(seed);
        int longest = 1 + random.nextInt(200);
        Events told = new Events();
        NarParser parser = new NarParser(NarLimits.DEFAULT, told);
        for (int at = 0; at < nar.length;) {
            int length = Math.min(random.nextInt(longest + 1), nar.length - at);
            parser.feed(nar, at, length);
            at += length;
        }
        assertEquals(nar.length, parser.finish().bytes());
        Events wanted = new Events();
        tree.tell(wanted);
        assertEquals(wanted.lines(), told.lines());
    }

    /** A tree has one NAR: whatever the parser accepts, the writer spells the same. */
    @Property(tries = 500)
    void noOtherSpellingIsAccepted(@ForAll("trees") TreeNode tree, @ForAll long seed) throws IOException {
        byte[] nar = tree.nar();
        Random random = new Random(seed);
        nar[random.nextInt(nar.length)] ^= (byte) (1 << random.nextInt(8));
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        NarWriter writer = new NarWriter(written);
        NarParser parser = new NarParser(NarLimits.DEFAULT, writer);
        try {
            parser.feed(nar, 0, nar.length);
            parser.finish();
        } catch (FormatException e) {
            return;
        }
        writer.finish();
        assertArrayEquals(nar, written.toByteArray());
    }

    @Property
    void namesCompareAsTheirBytes(@ForAll("names") String one, @ForAll("names") String other) {
        EntryName a = new EntryName(one);
        EntryName b = new EntryName(other);
        assertEquals(Integer.signum(Arrays.compareUnsigned(a.utf8(), b.utf8())),
                Integer.signum(a.compareTo(b)));
    }

    @Property
    void anyTextIsEitherANameOrRefused(@ForAll String text) {
        try {
            EntryName name = EntryName.parse(text);
            assertEquals(name, EntryName.parse(name.utf8(), 0, name.utf8().length));
        } catch (FormatException e) {
            assertTrue(String.valueOf(e.getMessage()).startsWith("NAR: entry name"));
        }
    }
}
