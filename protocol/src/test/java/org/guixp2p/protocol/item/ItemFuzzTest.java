// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.item;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.guixp2p.protocol.testing.Fuzz.accepted;
import static org.guixp2p.protocol.testing.Fuzz.check;
import static org.guixp2p.protocol.testing.Fuzz.same;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;

/** Any text is a store path, a hash or a size that is written as it was read, or is refused. */
class ItemFuzzTest {
    @FuzzTest
    void storePath(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> StorePath.parse(text)).ifPresent(path -> {
            check(path.path().equals(text), "another text");
            check(Path.of(StorePath.STORE).equals(Path.of(text).normalize().getParent()), "not right in the store");
            same(path, () -> StorePath.parseBaseName(path.hashPart() + "-" + path.name()));
        });
        accepted(() -> StorePath.parseBaseName(text))
                .ifPresent(path -> check(path.baseName().equals(text), "another base name"));
    }

    @FuzzTest
    void narHash(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> NarHash.parse(text)).ifPresent(hash -> same(hash, () -> NarHash.parse(hash.toString())));
    }

    @FuzzTest
    void narSize(byte[] input) {
        String text = new String(input, UTF_8);
        accepted(() -> NarSize.parse(text)).ifPresent(size -> {
            check(size.bytes() >= 0 && size.bytes() <= NarSize.MAX_BYTES, "out of range");
            same(size, () -> NarSize.parse(size.toString()));
        });
    }
}
