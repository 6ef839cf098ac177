// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/**
 * What a narinfo is to say above its signature.
 *
 * @param references in the order to be written; Guix sorts them by path
 */
public record NarinfoDraft(StorePath path, NarHash narHash, NarSize narSize, List<StorePath> references,
        Optional<StorePath> deriver) {
    public NarinfoDraft {
        references = List.copyOf(references);
        if (references.size() > Narinfo.MAX_REFERENCES) {
            throw new IllegalArgumentException("more than " + Narinfo.MAX_REFERENCES + " references");
        }
    }

    /** The lines that are signed, as {@code guix publish} writes them. */
    String text() {
        return "StorePath: " + path + "\nNarHash: " + narHash + "\nNarSize: " + narSize + "\nReferences: "
                + references.stream().map(StorePath::baseName).collect(Collectors.joining(" ")) + "\n"
                + deriver.map(drv -> "Deriver: " + drv.baseName() + "\n").orElse("");
    }
}
