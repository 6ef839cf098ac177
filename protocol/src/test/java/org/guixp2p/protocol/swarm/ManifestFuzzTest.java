// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;

/** No bytes but its own make a page of a manifest. */
class ManifestFuzzTest {
    /** Three pages, the last of 5 hashes. */
    private static final Manifest LARGE = manifest(2 * ManifestPage.HASHES + 5);
    private static final Manifest SMALL = manifest(3);

    private static Manifest manifest(int blocks) {
        byte[] hashes = new byte[blocks * Sha256.BYTES];
        new Random(blocks).nextBytes(hashes);
        return Manifest.of(new NarSize((long) blocks * BlockLayout.BLOCK_BYTES), hashes);
    }

    /** A page as some frame could hold it: number, length of the proof, proof, hashes. */
    private static Optional<ManifestPage> page(byte[] input) {
        if (input.length < 3) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(input);
        int number = bytes.getShort();
        byte[] proof = new byte[Math.min(bytes.get() & 0xff, bytes.remaining())];
        bytes.get(proof);
        try {
            return Optional.of(ManifestPage.of(number, Arrays.copyOfRange(input, bytes.position(), input.length),
                    proof));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @FuzzTest
    void belongsTo(byte[] input) {
        page(input).ifPresent(page -> {
            for (Manifest manifest : new Manifest[]{LARGE, SMALL}) {
                boolean own = page.number() < ManifestPage.count(manifest.narSize())
                        && page.equals(manifest.page(page.number()));
                check(own == page.belongsTo(manifest.root(), manifest.narSize()),
                        "a false page belongs, or a true one not");
            }
        });
    }

    /** The last page of the large manifest comes in as the input says, changed in one place or not. */
    @FuzzTest
    void assembler(byte[] input) {
        ManifestAssembler assembler = new ManifestAssembler(LARGE.root(), LARGE.narSize());
        ManifestPage last = LARGE.page(2);
        byte[] hashes = last.hashes().clone();
        byte[] proof = last.proof().clone();
        for (int i = 0; i + 2 < input.length; i += 3) {
            byte[] target = (input[i] & 1) == 0 ? hashes : proof;
            target[(input[i + 1] & 0xff) % target.length] ^= input[i + 2];
        }
        ManifestPage page = ManifestPage.of(2, hashes, proof);
        boolean taken = accepted(() -> {
            assembler.accept(page);
            return page;
        }).isPresent();
        check(taken == page.equals(last), "a false page was taken, or a true one refused");
        check(taken == assembler.knows(2 * ManifestPage.HASHES), "it knows what it did not take");
    }
}
