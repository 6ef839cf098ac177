// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreItemsTest {
    @TempDir
    Path store;

    private StorePath item(char digit, String name, int bytes) throws IOException {
        StorePath item = new StorePath(String.valueOf(digit).repeat(StorePath.HASH_LENGTH) + "-" + name);
        Path tree = Files.createDirectory(store.resolve(item.baseName()));
        Files.write(Files.createDirectory(tree.resolve("lib")).resolve("file"), new byte[bytes]);
        return item;
    }

    @Test
    void theLargestThatFitsIsChosen() throws IOException {
        item('1', "small", 10);
        StorePath medium = item('2', "medium", 1000);
        item('3', "large", 2000);
        assertEquals(Optional.of(medium), StoreItems.choose(store, 1999));
    }

    @Test
    void whatIsNoItemIsNotLookedAt() throws IOException {
        Files.write(Files.createDirectory(store.resolve(".links")).resolve("file"), new byte[100]);
        Files.write(store.resolve("1".repeat(32) + "-file"), new byte[100]);
        assertEquals(Optional.empty(), StoreItems.choose(store, 1000));
    }

    @Test
    void anItemWithSomethingOddInItIsPassedOver() throws Exception {
        StorePath good = item('1', "good", 10);
        StorePath odd = item('2', "odd", 100);
        assertEquals(0, new ProcessBuilder("mkfifo", store.resolve(odd.baseName()).resolve("fifo").toString())
                .inheritIO().start().waitFor());
        assertEquals(Optional.of(good), StoreItems.choose(store, 1000));
    }

    @Test
    void withoutAStoreThereIsNone() throws IOException {
        assertEquals(Optional.empty(), StoreItems.choose(store.resolve("missing"), 1000));
    }
}
