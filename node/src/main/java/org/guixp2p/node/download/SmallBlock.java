// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.nio.file.Path;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.swarm.PeerSession;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.BlockPayload;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a peer gives for a NAR of one block: verified, and put into its file. Blocks. */
final class SmallBlock {
    private static final Logger LOG = LoggerFactory.getLogger(SmallBlock.class);
    private static final byte[] NO_PREFIX = new byte[0];

    private final NarRequest request;
    private final NarStore store;

    SmallBlock(NarRequest request, NarStore store) {
        this.request = request;
        this.store = store;
    }

    /** What became of it. */
    sealed interface Outcome {}

    /** It is the NAR, and in the file. */
    record Stored(PartialNar file, Manifest manifest) implements Outcome {}

    /** It did not come, or is something else. */
    record Missing(String reason, Fault fault) implements Outcome {}

    /** Whose fault it is that it did not come. */
    enum Fault {
        /** It was withdrawn, or cancelled; the connection is lost; the narinfo, or this machine's disk, may be at fault. */
        NOBODYS,
        /** The peer has no time for it; or what it has is of another size, and which size is right is not known. */
        BUSY,
        /** The peer does not give what it offers. */
        FAILS,
        /** What the peer gives is something else. */
        LIES
    }

    Outcome store(PeerSession.BlockReply reply) {
        return switch (reply) {
            case PeerSession.BlockReceived received -> store(received.payload());
            case PeerSession.BlockRefused refused -> new Missing(refused.reason().token(), switch (refused.reason()) {
                case NOT_HERE, WITHDRAWN -> Fault.NOBODYS;
                case BUSY, OTHER -> Fault.BUSY;
                case FAILED -> Fault.FAILS;
            });
            case PeerSession.BlockFailed failed -> new Missing(failed.reason(), Fault.NOBODYS);
        };
    }

    private Outcome store(BlockPayload payload) {
        if (payload.rawLength() != request.size().bytes()) {
            // A narinfo's size need not be signed.
            return new Missing("a block of another size", Fault.BUSY);
        }
        byte[] bytes;
        try {
            bytes = payload.block(NO_PREFIX);
        } catch (FormatException e) {
            return new Missing(String.valueOf(e.getMessage()), Fault.LIES);
        }
        NarHash actual = new NarHash(Sha256.hash(bytes));
        if (!actual.equals(request.hash())) {
            return new Missing("the NAR has the hash " + actual + " instead of " + request.hash(), Fault.LIES);
        }
        try {
            PrefixVerifier.parse(bytes, request.size());
            ManifestBuilder manifest = new ManifestBuilder(request.size());
            manifest.update(bytes, 0, bytes.length);
            return new Stored(write(bytes), manifest.finish());
        } catch (FormatException e) {
            // It is what was signed.
            return new Missing(String.valueOf(e.getMessage()), Fault.NOBODYS);
        } catch (IOException e) {
            return new Missing(IoWords.of(e, Path.of("partial")), Fault.NOBODYS);
        }
    }

    private PartialNar write(byte[] bytes) throws IOException {
        PartialNar file = store.begin(request.hash(), request.size());
        try {
            file.write(0, bytes, 0, bytes.length);
            file.complete();
            return file;
        } catch (IOException e) {
            discard(file);
            throw e;
        }
    }

    /** A file that nobody needs any more; a NAR that was kept has another name by then. */
    static void discard(PartialNar file) {
        try (file) {
            file.delete();
        } catch (IOException e) {
            LOG.warn("{}", IoWords.of(e, Path.of("partial")));
        }
    }
}
