// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.nar.PartialNar;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * Puts a NAR that was fetched where it is kept for others, off the dispatcher; the end of it is told to the {@link Download}
 * as {@link Kept}. Part of that actor, on its thread.
 */
final class Keeping {
    /**
     * It is kept, or not.
     *
     * @param failure why not
     */
    record Kept(Optional<String> failure) implements Download.Command {}

    private final ActorContext<Download.Command> context;
    private final NarRequest request;
    private final DownloadContext node;
    private CompletableFuture<?> underWay = CompletableFuture.completedFuture(null);
    private boolean toBeTold;

    Keeping(ActorContext<Download.Command> context, NarRequest request, DownloadContext node) {
        this.context = context;
        this.request = request;
        this.node = node;
    }

    /** Keeps the NAR of an attempt, which is whole. */
    void keep(Attempt complete) {
        CompletableFuture<Optional<String>> kept = CompletableFuture.supplyAsync(
                () -> keep(request, node, complete.file(), complete::manifestOfWhole), node.keeping());
        underWay = kept;
        toBeTold = true;
        context.pipeToSelf(kept,
                (outcome, crash) -> new Kept(crash == null ? outcome : Optional.of(String.valueOf(crash))));
    }

    /** Finds out the manifest of a NAR. */
    interface Manifests {
        Manifest find() throws IOException;
    }

    /** Keeps a NAR that is whole, unless there is no room for it; why it did not. Blocks. */
    static Optional<String> keep(NarRequest request, DownloadContext node, PartialNar file, Manifests manifests) {
        try {
            Manifest manifest = manifests.find();
            Optional<String> refused = node.keeper().makeRoom(request.hash(), request.size());
            if (refused.isPresent()) {
                return refused;
            }
            node.keeper().kept(request.path(),
                    node.store().keep(file, request.hash(), manifest, request.narinfo()), manifest);
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(IoWords.of(e, Path.of("nars")));
        }
    }

    /** The download was told of the end of it. */
    void told() {
        toBeTold = false;
    }

    /** Whether nothing is being kept, and the download knows: who follows what it relays is to hear of it from there. */
    boolean isDone() {
        return !toBeTold;
    }

    /** Runs {@code last}, from any thread, when nothing is being kept any more. */
    void whenDone(Runnable last) {
        var _ = underWay.whenComplete((kept, crash) -> last.run());
    }
}
