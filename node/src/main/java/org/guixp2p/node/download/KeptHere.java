// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.nar.KeptFile;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The NARs that this node keeps for others, for its own readers: what is here need not come again, though {@code guix gc} has collected the
 * item meanwhile, or the daemon asks late for what was fetched ahead. Safe for several threads.
 */
public final class KeptHere {
    private static final Logger LOG = LoggerFactory.getLogger(KeptHere.class);
    private static final String ORIGIN = "guixp2p://kept/nar/";
    /** Reading more takes so long that blocks of others are not to wait for it, in bytes. */
    private static final long QUICK = 16L << 20;

    private final DownloadContext node;

    /** Those that {@code node} keeps. */
    public KeptHere(DownloadContext node) {
        this.node = node;
    }

    /** Whether a NAR is here, without a look at its bytes. Never fails. */
    public CompletionStage<Boolean> has(NarHash nar) {
        return node.keeper().find(nar)
                .<CompletionStage<Boolean>>map(kept -> CompletableFuture.supplyAsync(kept::isThere, node.disk())
                        .exceptionally(failure -> false))
                .orElseGet(() -> CompletableFuture.completedFuture(false));
    }

    /** The NAR that is wanted, as far as is known without a look at it; does not block. */
    Optional<KeptNar> find(NarRequest request) {
        return node.keeper().find(request.hash()).filter(nar -> nar.size().equals(request.size()));
    }

    /** Whether it takes but a moment to open it. */
    boolean isQuick(NarRequest request) {
        return request.size().bytes() <= QUICK;
    }

    /** Opens what was found, once all of it was seen to be right; empty when it is not there, or not right any more. Never fails. */
    CompletionStage<Optional<OpenedNar>> open(NarRequest request, KeptNar kept) {
        Executor threads = isQuick(request) ? node.disk() : node.keeping();
        return CompletableFuture.supplyAsync(() -> read(request, kept), threads).exceptionally(failure -> {
            LOG.warn("kept NAR of {}: {}", request.path(), failure.toString());
            return Optional.empty();
        });
    }

    private Optional<OpenedNar> read(NarRequest request, KeptNar kept) {
        try {
            Optional<KeptFile> file = kept.open();
            if (file.isEmpty()) {
                LOG.warn("{} was damaged since it was kept; {} is fetched again", kept.file(), request.path());
            }
            return file.map(right -> opened(request, right));
        } catch (IOException e) {
            LOG.info("{}; {} is fetched again", IoWords.of(e, kept.file()), request.path());
            return Optional.empty();
        }
    }

    private OpenedNar opened(NarRequest request, KeptFile file) {
        NarSize size = request.size();
        Begun begun = Begun.now(request, node.watcher());
        DownloadTrace trace = begun.trace();
        trace.received(Tally.ON_DISK, size.bytes());
        trace.at("done");
        TransferStatus status = new TransferStatus(trace.number(), request.path().path(), request.hash().toString(),
                size.bytes(), "done", size.bytes(), (System.nanoTime() - begun.nanos()) / 1e9, 0,
                List.of(new TransferStatus.Source(Tally.ON_DISK, size.bytes())), BlockMap.NONE, 0, 0, 0, 0, null);
        trace.over(status);
        AtomicBoolean closed = new AtomicBoolean();
        return new HeldNar(file::read, size, ORIGIN + request.path().baseName(), node.pieces(), node.disk(), () -> {
            if (closed.compareAndSet(false, true)) {
                trace.ended(status);
                close(file);
            }
        }).opened();
    }

    private static void close(KeptFile file) {
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("a kept NAR: {}", e.getMessage());
        }
    }
}
