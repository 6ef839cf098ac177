// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.node.swarm.NarFile;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;

/**
 * Files of NARs that others are given out of, past the actors that read blocks. Part of the {@link Seeds} actor, and lent on its
 * thread; they come back on any.
 */
final class LentFiles {
    private static final Duration HOLDS = Duration.ofDays(1);

    private final ActorRef<Seeds.Command> seeds;
    private final Executor disk;
    /** How many files of each are open. */
    private final Map<NarHash, Integer> lent = new ConcurrentHashMap<>();

    /** @param disk where files are opened */
    LentFiles(ActorRef<Seeds.Command> seeds, Executor disk) {
        this.seeds = seeds;
        this.disk = disk;
    }

    /** Whether somebody is given a NAR: then it is not the first to make room. */
    boolean isRead(NarHash hash) {
        return lent.containsKey(hash);
    }

    /** @param there what is offered of the NAR that is asked for */
    void lend(Seeds.LendFile question, Optional<Catalogue.Entry> there) {
        Optional<Catalogue.Entry> entry = there.filter(one -> one.offered().root().equals(question.root()));
        Optional<Catalogue.VerifiedFile> file = entry.flatMap(Catalogue.Entry::verifiedFile);
        if (entry.isEmpty() || file.isEmpty()) {
            question.answer().complete(Optional.empty());
            return;
        }
        lent.merge(question.hash(), 1, Integer::sum);
        var _ = CompletableFuture.supplyAsync(Stages.blocking(() -> open(file.get(), entry.get())), disk)
                .whenComplete((opened, failure) -> {
                    if (failure != null) {
                        giveBack(question.hash());
                        // Told first: whoever sees it fail, and asks whether the NAR is offered, asks after that.
                        Seed.whyLost(failure).ifPresent(why -> seeds.tell(new Seeds.Lost(entry.get(), why)));
                        question.answer().completeExceptionally(Stages.cause(failure));
                    } else if (opened.isEmpty()) {
                        giveBack(question.hash());
                        question.answer().complete(opened);
                    } else if (!question.answer().complete(opened)) {
                        // Nobody waits for it any more.
                        opened.get().close();
                    }
                });
    }

    /** Nothing when that it was seen to be right says nothing any more: in blocks it is looked at anew. */
    private Optional<NarFile> open(Catalogue.VerifiedFile verified, Catalogue.Entry entry) throws IOException {
        Seeds.Offered nar = entry.offered();
        FileChannel channel = FileChannel.open(verified.file(), StandardOpenOption.READ);
        try {
            if (channel.size() != nar.size().bytes()) {
                throw new FormatException("its NAR has " + channel.size() + " bytes instead of " + nar.size());
            }
            if (isStale(verified)) {
                channel.close();
                // Of many who find it out at once one is enough: the others would undo what has been looked at since.
                if (entry.doubted(verified.since())) {
                    seeds.tell(new Seeds.LookAnew(nar.hash()));
                }
                return Optional.empty();
            }
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return Optional.of(new NarFile(channel, () -> seeds.tell(new Seeds.BlockGivenAgain(nar.hash())),
                () -> giveBack(nar.hash())));
    }

    /** It was written to since, or has lain on its disk for long, where it may change without a trace. */
    private static boolean isStale(Catalogue.VerifiedFile verified) throws IOException {
        return Files.getLastModifiedTime(verified.file()).toInstant().isAfter(verified.since())
                || verified.since().plus(HOLDS).isBefore(Instant.now());
    }

    private void giveBack(NarHash hash) {
        lent.computeIfPresent(hash, (nar, files) -> files > 1 ? files - 1 : null);
    }
}
