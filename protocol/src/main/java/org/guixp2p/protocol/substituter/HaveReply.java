// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.util.HashSet;
import java.util.List;
import org.guixp2p.protocol.item.StorePath;

/**
 * The answer to {@code have}.
 *
 * @param paths those that can be substituted, each once, in any order
 */
public record HaveReply(List<StorePath> paths) {
    public HaveReply {
        paths = List.copyOf(paths);
        if (new HashSet<>(paths).size() < paths.size()) {
            throw new IllegalArgumentException("a path stands there twice");
        }
    }

    /** The bytes for file descriptor 4, all ASCII: a line for each path and an empty one. */
    public String text() {
        StringBuilder text = new StringBuilder();
        paths.forEach(path -> text.append(path).append('\n'));
        return text.append('\n').toString();
    }
}
