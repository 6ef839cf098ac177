// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.persistence.narinfo.ServerUrl;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.narinfo.FileSize;
import org.guixp2p.protocol.narinfo.NarSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.guixp2p.protocol.narinfo.Narinfo;

/**
 * A file in which a server says that it has a NAR. Nobody vouches for that.
 *
 * @param server whose narinfo says so
 * @param uri where it lies, http or https, perhaps elsewhere
 * @param fileSize the compressed size, when it is told
 * @param fileHash of the compressed file, when it is told
 */
public record NarOffer(ServerUrl server, URI uri, Compression compression, Optional<FileSize> fileSize,
        Optional<Sha256> fileHash) {
    private static final Logger LOG = LoggerFactory.getLogger(NarOffer.class);

    /** One whose file's hash is not told. */
    public NarOffer(ServerUrl server, URI uri, Compression compression, Optional<FileSize> fileSize) {
        this(server, uri, compression, fileSize, Optional.empty());
    }

    /**
     * Whether the bytes are the same, if both narinfos are right: the same file, or one that has the same hash; of a NAR that is
     * not compressed any.
     */
    boolean isSameFileAs(NarOffer other) {
        return uri.equals(other.uri) || (compression == other.compression
                && (compression == Compression.NONE || (fileHash.isPresent() && fileHash.equals(other.fileHash))));
    }

    /** Whether the file lies where the narinfo does, and not at another server. */
    public boolean isAtItsServer() {
        try {
            return Origin.of(uri).equals(Origin.of(server.uri()));
        } catch (HttpFaultException e) {
            return false;
        }
    }

    /**
     * The files that a narinfo of {@code server} offers and that we can use, in its order. Compressions that we do not
     * know and URLs to which we do not go (see {@link Redirects}) are left out.
     */
    public static List<NarOffer> of(ServerUrl server, Narinfo narinfo) {
        List<NarOffer> offers = new ArrayList<>();
        for (NarSource source : narinfo.sources()) {
            try {
                URI uri = source.url().resolve(server.uri());
                Redirects.permitted(server.uri(), uri);
                offers.add(new NarOffer(server, uri, Compression.parse(source.compression()), source.fileSize(),
                        source.fileHash()));
            } catch (FormatException | HttpFaultException e) {
                // A mirror may well offer more than we can use.
                LOG.debug("{}: {}", server.uri(), e.getMessage());
            }
        }
        return List.copyOf(offers);
    }
}
