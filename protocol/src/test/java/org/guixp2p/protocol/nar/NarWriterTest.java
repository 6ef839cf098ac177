// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.Map;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.testing.TreeNode;
import org.guixp2p.protocol.testing.TreeNode.Directory;
import org.guixp2p.protocol.testing.TreeNode.RegularFile;
import org.junit.jupiter.api.Test;

class NarWriterTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final NarWriter writer = new NarWriter(out);

    @Test
    void writesALargeTreeInPieces() throws Exception {
        HashMap<String, TreeNode> files = new HashMap<>();
        for (int i = 0; i < 2000; i++) {
            files.put("file-" + i, new RegularFile("x".repeat(i)));
        }
        TreeNode tree = Directory.of(files);
        tree.tell(writer);
        assertEquals(tree.nar().length, writer.finish());
        assertArrayEquals(tree.nar(), out.toByteArray());
    }

    @Test
    void refusesNodesOutOfTurn() throws Exception {
        assertThrows(IllegalStateException.class, writer::endDirectory);
        assertThrows(IllegalStateException.class, writer::endFile);
        assertThrows(IllegalStateException.class, writer::finish);
        writer.startDirectory();
        assertThrows(IllegalStateException.class, writer::startDirectory);
        writer.entry(new EntryName("a"));
        assertThrows(IllegalStateException.class, () -> writer.entry(new EntryName("b")));
        writer.symlink(new LinkTarget("x"));
        assertThrows(IllegalStateException.class, () -> writer.symlink(new LinkTarget("x")));
        writer.endDirectory();
        assertThrows(IllegalStateException.class, writer::startDirectory);
    }

    @Test
    void refusesNamesOutOfOrder() throws Exception {
        writer.startDirectory();
        writer.entry(new EntryName("b"));
        writer.symlink(new LinkTarget("x"));
        assertThrows(IllegalStateException.class, () -> writer.entry(new EntryName("b")));
        assertThrows(IllegalStateException.class, () -> writer.entry(new EntryName("a")));
    }

    @Test
    void refusesOtherContentsThanAnnounced() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> writer.startFile(false, -1));
        writer.startFile(false, 2);
        assertThrows(IllegalStateException.class, () -> writer.contents(new byte[3], 0, 3));
        writer.contents(new byte[1], 0, 1);
        assertThrows(IllegalStateException.class, writer::endFile);
    }

    @Test
    void namesAndTargetsProveThemselves() {
        assertThrows(IllegalArgumentException.class, () -> new EntryName(".."));
        assertThrows(IllegalArgumentException.class, () -> new EntryName("\uD83D"));
        assertThrows(IllegalArgumentException.class, () -> new EntryName("é".repeat(128)));
        assertThrows(IllegalArgumentException.class, () -> new LinkTarget(""));
        assertThrows(FormatException.class, () -> LinkTarget.parse("\uDE00"));
        assertThrows(FormatException.class, () -> LinkTarget.parse("x".repeat(4096)));
        assertEquals(255, new EntryName("é".repeat(127) + "x").utf8().length);
    }
}
