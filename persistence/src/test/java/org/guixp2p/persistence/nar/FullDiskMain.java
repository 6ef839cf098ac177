// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.nio.file.Path;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;

/** A process that writes NARs onto a small disk until it is full. */
final class FullDiskMain {
    private static final byte[] BLOCK = new byte[1 << 18];

    private FullDiskMain() {}

    public static void main(String[] words) throws IOException {
        NarStore store = NarStore.open(Path.of(words[0]));
        for (int number = 1; number <= 2; number++) {
            PartialNar left = store.create(hash(number));
            write(left, 0, 4);
            left.markResumable();
            store.leave(hash(number), left);
        }
        try (PartialNar nar = store.create(hash(3))) {
            // More than there is beside the leftovers; fewer writes than there are between two looks.
            write(nar, 0, 26);
            System.out.println("written");
            write(nar, 26, 60);
        } catch (IOException full) {
            System.out.println(full.getMessage());
        }
        System.out.println(store.takeLeftover(hash(1), new NarSize(1 << 30)).isPresent());
        System.out.println("ended");
    }

    private static void write(PartialNar nar, int from, int to) throws IOException {
        for (int block = from; block < to; block++) {
            nar.write((long) block * BLOCK.length, BLOCK, 0, BLOCK.length);
        }
    }

    private static NarHash hash(int number) {
        return new NarHash(Sha256.hash(new byte[number]));
    }
}
