// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.swarm.BlockLayout;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * Looks which blocks of the manifest that is followed lie on the disk already: in a file that an interrupted download left,
 * or in that of an attempt given up. Only a block's hash decides, so a torn or missing one is fetched like any other. Part
 * of the {@link Download} actor, on its thread.
 */
final class Resumption {
    /** Blocks read in one go, so that readers get on meanwhile and other downloads have their turn at the disk. */
    private static final int STEP = 16;

    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private final Tally tally;
    private WriteGate gate = new WriteGate();

    Resumption(ActorContext<Download.Command> context, NarRequest request, DownloadContext node, Tally tally) {
        this.context = context;
        this.request = request;
        this.node = node;
        this.tally = tally;
    }

    /** A manifest is followed: what comes from now on can be gone on with, and what is there is looked for. */
    void begin(Attempt attempt, Manifest manifest) {
        try {
            attempt.file().markResumable();
        } catch (IOException e) {
            context.getLog().warn("{}: will not be resumed after a crash: {}", request.path(),
                    IoWords.of(e, Path.of("partial")));
        }
        if (attempt.earlier().isPresent()) {
            look(attempt, manifest, 0);
        }
    }

    /**
     * Takes what was found, and looks on.
     *
     * @return how many of their bytes the attempt given up had fetched: they were not in vain
     */
    long found(PeerEvent.BlocksFound found, Attempt attempt) {
        boolean carried = !attempt.earlier().equals(Optional.of(attempt.file()));
        long bytes = 0;
        for (int block = found.blocks().nextSetBit(0); block >= 0; block = found.blocks().nextSetBit(block + 1)) {
            attempt.scheduler().have(block);
            attempt.usedPeers();
            int length = attempt.layout().length(block);
            bytes += length;
            if (carried) {
                tally.carried(block, length);
            } else {
                tally.resumed(block, length);
            }
        }
        if (found.to() < attempt.layout().count()) {
            attempt.manifest().ifPresent(manifest -> look(attempt, manifest, found.to()));
        } else {
            attempt.lookedThrough();
            context.getLog().info("{}: {} of {} blocks were there already", request.path(),
                    attempt.scheduler().doneCount(), attempt.layout().count());
        }
        return carried ? bytes : 0;
    }

    private void look(Attempt attempt, Manifest manifest, int from) {
        int to = Math.min(attempt.layout().count(), from + STEP);
        BitSet done = attempt.scheduler().done();
        WriteGate writing = gate;
        context.pipeToSelf(
                CompletableFuture.supplyAsync(() -> find(attempt, manifest, from, to, done, writing), node.disk()),
                (found, crash) -> new PeerEvent.BlocksFound(attempt.number(), to,
                        crash == null ? found : new BitSet()));
    }

    private static BitSet find(Attempt attempt, Manifest manifest, int from, int to, BitSet done, WriteGate gate) {
        BitSet found = new BitSet();
        byte[] bytes = new byte[BlockLayout.BLOCK_BYTES];
        for (int block = done.nextClearBit(from); block < to; block = done.nextClearBit(block + 1)) {
            if (isThere(attempt, manifest, block, bytes, gate)) {
                found.set(block);
            }
        }
        return found;
    }

    private static boolean isThere(Attempt attempt, Manifest manifest, int block, byte[] bytes, WriteGate gate) {
        BlockLayout layout = attempt.layout();
        int length = layout.length(block);
        long offset = layout.offset(block);
        try {
            PartialNar earlier = attempt.earlier().orElseThrow();
            earlier.read(offset, bytes, 0, length);
            return manifest.matches(block, bytes, 0, length) && (earlier.equals(attempt.file())
                    || gate.pass(() -> attempt.file().write(offset, bytes, 0, length)));
        } catch (IOException e) {
            // It ends before, or cannot be read or copied: then it is fetched. If the disk is at fault, writing will tell.
            return false;
        }
    }

    /** What is still under way is not written any more. */
    void stop() {
        gate.close();
        gate = new WriteGate();
    }
}
