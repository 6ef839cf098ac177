// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.stages.Stages;
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
    /** Reading so many bytes takes but a moment. */
    private static final long QUICK = 1L << 20;
    /** So many are read at a time, so that blocks of others come in between. */
    private static final long STEP = 4L << 20;

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
    static boolean isQuick(NarRequest request) {
        return request.size().bytes() <= QUICK;
    }

    /**
     * Opens what was found, once all of it was seen to be right; empty when it is not there, or not right any more, and then not kept any more either.
     * Never fails.
     */
    CompletionStage<Optional<OpenedNar>> open(NarRequest request, KeptNar kept) {
        long began = System.nanoTime();
        return Stages.begin(() -> CompletableFuture.supplyAsync(() -> opened(kept), node.disk())
                .thenCompose(file -> fault(file).thenApplyAsync(fault -> fault.isEmpty()
                        ? Optional.of(opened(request, file, began))
                        : damaged(request, kept, fault), node.disk())
                        .whenComplete((opened, failure) -> {
                            if (failure != null || opened.isEmpty()) {
                                close(file);
                            }
                        })))
                .exceptionally(failure -> {
                    // It was removed meanwhile, or cannot be opened for now.
                    LOG.info("{} is fetched again: {}", request.path(), words(failure));
                    return Optional.empty();
                });
    }

    private static String words(Throwable failure) {
        return String.valueOf(Stages.cause(failure).getMessage());
    }

    private static KeptFile opened(KeptNar kept) {
        try {
            return kept.open();
        } catch (IOException e) {
            throw new UncheckedIOException(IoWords.of(e, kept.file()), e);
        }
    }

    /** What is wrong with it, in words; empty when nothing is. */
    private CompletionStage<String> fault(KeptFile file) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return file.check(STEP)
                        ? Optional.<String>empty()
                        : Optional.of(file.isRight() ? "" : "it has another hash");
            } catch (IOException e) {
                return Optional.of("it cannot be read: " + e.getMessage());
            }
        }, node.disk())
                .thenCompose(known -> known.<CompletionStage<String>>map(CompletableFuture::completedFuture)
                        .orElseGet(() -> fault(file)));
    }

    private Optional<OpenedNar> damaged(NarRequest request, KeptNar kept, String why) {
        LOG.warn("{} was damaged since it was kept ({}); {} is fetched again", kept.file(), why, request.path());
        node.keeper().damaged(kept);
        return Optional.empty();
    }

    private OpenedNar opened(NarRequest request, KeptFile file, long began) {
        NarSize size = request.size();
        DownloadTrace trace = node.watcher().begun(request);
        trace.received(Tally.ON_DISK, size.bytes());
        trace.at("done");
        TransferStatus status = new TransferStatus(trace.number(), request.path().path(), request.hash().toString(),
                size.bytes(), "done", size.bytes(), (System.nanoTime() - began) / 1e9, 0,
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
