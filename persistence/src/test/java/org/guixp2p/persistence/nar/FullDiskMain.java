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
            PartialNar left = store.create(hash(number), new NarSize(60L * BLOCK.length));
            write(left, 0, 4);
            left.markResumable();
            store.leave(hash(number), left);
        }
        try (PartialNar nar = store.create(hash(3), new NarSize(60L * BLOCK.length))) {
            // More than there is beside the leftovers; fewer writes than there are between two looks.
            write(nar, 0, 26);
            System.out.println("written");
            sayWhy(() -> write(nar, 26, 60));
            nar.delete();
        }
        System.out.println(store.takeLeftover(hash(1), new NarSize(1 << 30)).isPresent());
        // Of 32 blocks that the disk has 20 are for the first.
        try (PartialNar first = store.begin(hash(4), new NarSize(20L * BLOCK.length))) {
            write(first, 12, 20);
            System.out.println(fits(store, 13) + " " + fits(store, 11));
            write(first, 0, 12);
            System.out.println(fits(store, 13) + " " + fits(store, 11));
        }
        System.out.println("ended");
    }

    private interface Writing {
        void write() throws IOException;
    }

    private static void sayWhy(Writing writing) {
        try {
            writing.write();
        } catch (IOException full) {
            System.out.println(full.getMessage());
        }
    }

    private static boolean fits(NarStore store, int blocks) {
        try (PartialNar nar = store.begin(hash(5), new NarSize((long) blocks * BLOCK.length))) {
            nar.delete();
            return true;
        } catch (IOException tooLarge) {
            return false;
        }
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
