// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.hash.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchDataTest {
    private static final long SIZE = (16 << 20) + 5;

    @TempDir
    private Path directory;

    private TreeItem make(Data data, long size, long seed, String store) throws Exception {
        return BenchData.make(data, size, seed, Files.createDirectory(directory.resolve(store)));
    }

    @Test
    void theSameSeedGivesTheSameRandomTree() throws Exception {
        TreeItem one = make(Data.RANDOM, SIZE, 1, "a");
        assertEquals(one.nar(), make(Data.RANDOM, SIZE, 1, "b").nar());
        assertNotEquals(one.nar(), make(Data.RANDOM, SIZE, 2, "c").nar());
        assertEquals(SIZE, one.made().bytes());
        assertEquals(2, one.made().files());
        assertTrue(BenchData.zstdBytes(one) >= SIZE);
    }

    @Test
    void packageDataIsOfRealTreesAndCompressible() throws Exception {
        TreeItem item = make(Data.PACKAGE, 3 << 20, 1, "a");
        assertTrue(item.made().bytes() > 1 << 20, item::toString);
        assertTrue(BenchData.packageSources().size() >= item.made().sources().size());
        assertTrue(BenchData.zstdBytes(item) < item.nar().size().bytes() * 3 / 4);
    }

    @Test
    void theFileForOthersIsTheNar() throws Exception {
        TreeItem item = make(Data.PACKAGE, 1 << 20, 1, "a");
        Path file = directory.resolve("nar");
        item.writeNar(file);
        assertEquals(item.nar().size().bytes(), Files.size(file));
        assertEquals(item.nar().hash().digest(), Sha256.hash(Files.readAllBytes(file)));
    }

    @Test
    void memoryIsThinnedFromItsEnd() {
        assertEquals(List.of(), Memory.thinned(List.of(), 3));
        assertEquals(List.of(1.0, 2.0, 3.0), Memory.thinned(List.of(1.0, 2.0, 3.0), 3));
        assertEquals(List.of(2.0, 4.0), Memory.thinned(List.of(1.0, 2.0, 3.0, 4.0), 3));
    }
}
