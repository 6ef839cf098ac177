// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.guixp2p.node.download.OpenedNar;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.NixOptions;

/** What a bridge session asks of the node. */
public interface Substitutes {
    /** A narinfo of each of {@code paths} that can be substituted, in any order. */
    CompletionStage<List<Available>> lookup(List<StorePath> paths, NixOptions options);

    /** Opens the NAR of {@code path}; empty when no trusted narinfo names it. */
    CompletionStage<Optional<Opened>> open(StorePath path, NixOptions options);

    /**
     * An item that can be substituted.
     *
     * @param narinfo the bytes of a narinfo whose signature verifies
     * @param references what it refers to
     * @param narBytes size of its NAR; 0 when nobody says
     */
    record Available(StorePath path, ByteBuffer narinfo, List<StorePath> references, long narBytes) {
        public Available {
            references = List.copyOf(references);
        }
    }

    /**
     * An item that is being fetched.
     *
     * @param narBytes size of the NAR
     * @param nar its bytes
     */
    record Opened(Available item, long narBytes, OpenedNar nar) {}
}
