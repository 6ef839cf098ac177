// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * One try at a NAR, with a partial file of its own: when the whole proves wrong, another attempt begins in another file, so
 * that nothing still under way for this one can touch it. Belongs to one actor.
 */
final class Attempt {
    private final int number;
    private final BlockLayout layout;
    private final PartialNar file;
    private final BlockScheduler<PeerId> scheduler;
    private final PrefixVerifier verifier;
    private @Nullable PartialNar earlier;
    private @Nullable Manifest manifest;
    private int verified;
    private boolean advancing;
    private boolean fromPeers;
    private final Set<String> servers = new HashSet<>();

    /** @param earlier a file that may have blocks of the NAR, this attempt's own or another; null when there is none */
    Attempt(int number, NarHash hash, NarSize size, PartialNar file, @Nullable PartialNar earlier) {
        this.number = number;
        this.layout = new BlockLayout(size);
        this.file = file;
        this.earlier = earlier;
        this.scheduler = new BlockScheduler<>(layout.count(), new SplittableRandom());
        this.verifier = new PrefixVerifier(file, layout, hash);
    }

    int number() {
        return number;
    }

    BlockLayout layout() {
        return layout;
    }

    PartialNar file() {
        return file;
    }

    BlockScheduler<PeerId> scheduler() {
        return scheduler;
    }

    PrefixVerifier verifier() {
        return verifier;
    }

    /** The manifest that is followed, once it is there and checked. */
    Optional<Manifest> manifest() {
        return Optional.ofNullable(manifest);
    }

    /** Whether the manifest that is followed has this root. */
    boolean follows(Sha256 root) {
        return manifest != null && manifest.root().equals(root);
    }

    void manifest(Manifest checked) {
        manifest = checked;
    }

    /** Where blocks may lie that have not been looked at yet: nothing is fetched before. */
    Optional<PartialNar> earlier() {
        return Optional.ofNullable(earlier);
    }

    /** What is of use there counts as had. */
    void lookedThrough() {
        earlier = null;
    }

    /** Whether the file has, or may have, blocks that can be told from wrong ones when it is left. */
    boolean isWorthLeaving() {
        return file.isResumable() && (scheduler.doneCount() > 0 || file.equals(earlier));
    }

    void usedPeers() {
        fromPeers = true;
    }

    void usedServer(String url) {
        servers.add(url);
    }

    boolean fromPeers() {
        return fromPeers;
    }

    boolean fromServers() {
        return !servers.isEmpty();
    }

    /** Whether some of what is there came from this server. */
    boolean usedAlso(String server) {
        return servers.contains(server);
    }

    /** Whether all that is there came from this one server. */
    boolean isFrom(String server) {
        return !fromPeers && servers.equals(Set.of(server));
    }

    /** Claims the blocks that can be verified next; false when there are none or some are being verified. */
    boolean beginAdvance() {
        if (advancing || scheduler.contiguous() == verified) {
            return false;
        }
        advancing = true;
        return true;
    }

    void advanced(int to) {
        advancing = false;
        verified = to;
    }

    /** Blocks from the first on that the strict reader has accepted. */
    int verified() {
        return verified;
    }

    boolean complete() {
        return verified == layout.count();
    }

    /**
     * How many bytes readers may have: all that was accepted, but the last block only when the whole has its hash, so that
     * a reader who got everything got the right thing.
     */
    long released() {
        return complete()
                ? layout.narSize().bytes()
                : Math.min(verified, layout.count() - 1) * (long) BlockLayout.BLOCK_BYTES;
    }

    long verifiedBytes() {
        return complete() ? layout.narSize().bytes() : verified * (long) BlockLayout.BLOCK_BYTES;
    }

    /** The manifest that is followed, if every block there is came under it: what servers gave was not compared with it. */
    Optional<Manifest> ownManifest() {
        return fromServers() ? Optional.empty() : manifest();
    }

    /** The manifest of the complete NAR: the one that all of it came under, or else computed from the file. */
    Manifest manifestOfWhole() throws IOException {
        Optional<Manifest> own = ownManifest();
        if (own.isPresent()) {
            return own.get();
        }
        ManifestBuilder builder = new ManifestBuilder(layout.narSize());
        byte[] buffer = new byte[BlockLayout.BLOCK_BYTES];
        for (int block = 0; block < layout.count(); block++) {
            int length = layout.length(block);
            file.read(layout.offset(block), buffer, 0, length);
            builder.update(buffer, 0, length);
        }
        return builder.finish();
    }
}
