// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.util.OptionalInt;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarSize;
import org.jspecify.annotations.Nullable;

/**
 * Puts a manifest together from pages, in any order and from anybody. Each page is verified as it comes, so whoever sent a
 * false one is known at once, and blocks of a page can be verified before the others are here.
 */
public final class ManifestAssembler {
    private final Sha256 root;
    private final NarSize narSize;
    private final @Nullable ManifestPage[] pages;
    private int missing;

    public ManifestAssembler(Sha256 root, NarSize narSize) {
        this.root = root;
        this.narSize = narSize;
        this.pages = new ManifestPage[ManifestPage.count(narSize)];
        this.missing = pages.length;
    }

    /**
     * Takes a page; one that is here already is ignored.
     *
     * @throws FormatException when it is no page of this manifest
     */
    public void accept(ManifestPage page) throws FormatException {
        if (!page.belongsTo(root, narSize)) {
            throw new FormatException("manifest " + root + ": " + page + " is none of its pages");
        }
        if (pages[page.number()] == null) {
            pages[page.number()] = page;
            missing--;
        }
    }

    /** The lowest page that is not here. */
    public OptionalInt firstMissing() {
        for (int i = 0; i < pages.length && missing > 0; i++) {
            if (pages[i] == null) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /** Whether the hash of block {@code index} is here. */
    public boolean knows(int index) {
        return new BlockLayout(narSize).contains(index) && pages[index / ManifestPage.HASHES] != null;
    }

    /** Whether the hash of block {@code index} is here, and these bytes are that block. */
    public boolean matches(int index, byte[] bytes, int offset, int length) {
        BlockLayout layout = new BlockLayout(narSize);
        if (!layout.contains(index) || length != layout.length(index)) {
            return false;
        }
        ManifestPage page = pages[index / ManifestPage.HASHES];
        return page != null && page.matches(index, bytes, offset, length);
    }

    /**
     * The whole.
     *
     * @throws IllegalStateException when a page is missing
     */
    public Manifest manifest() {
        if (missing > 0) {
            throw new IllegalStateException(missing + " pages of manifest " + root + " are missing");
        }
        byte[] hashes = new byte[new BlockLayout(narSize).count() * Sha256.BYTES];
        for (ManifestPage page : pages) {
            if (page != null) {
                byte[] part = page.hashes();
                System.arraycopy(part, 0, hashes, page.firstBlock() * Sha256.BYTES, part.length);
            }
        }
        return Manifest.of(narSize, hashes);
    }
}
