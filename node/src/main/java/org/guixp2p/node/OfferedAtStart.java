// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Share;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.metadata.Metadata;
import org.guixp2p.node.seed.KeptShelf;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node has from earlier runs, offered again: items that the user named, and kept NARs that are still public.
 *
 * @param shelf is told of all that is kept
 * @param keptBack what is kept all the same, and not offered
 */
record OfferedAtStart(StoreSeeds named, NarStore kept, Metadata metadata, ActorRef<Seeds.Command> seeds,
        KeptShelf shelf, KeptBack keptBack) {
    private static final Logger LOG = LoggerFactory.getLogger(OfferedAtStart.class);
    /** Whoever names more has not chosen them one by one; of those servers hear when somebody asks for them. */
    private static final int MOST_LOOKED_UP = 100;

    /**
     * Begins to offer all of it. Kept NARs come first: to hash what the user named may take hours.
     *
     * @param background where whole trees are hashed, one after another
     */
    void begin(List<StorePath> namedNow, Executor background) throws IOException {
        background.execute(this::keptNars);
        storeItems(namedNow);
    }

    /**
     * Has metadata learn what servers say of items that the user named, so that peers may hear it when there is no server. With
     * nobody to tell it, no server hears of them either, nor of those whose names the user keeps back.
     */
    CompletionStage<Void> lookUp(NodeConfig.Seeding seeding, List<URI> servers) throws IOException {
        return seeding.share() == Share.OFF
                ? CompletableFuture.completedFuture(null)
                : metadata.learn(named.list().stream().filter(path -> !seeding.store().keepsBack(path))
                        .limit(MOST_LOOKED_UP).toList(), servers);
    }

    /** The items named now are remembered; those named earlier count too. */
    private void storeItems(List<StorePath> namedNow) throws IOException {
        for (StorePath path : namedNow) {
            named.add(path);
        }
        seeds.tell(new Seeds.AddStoreItems(named.list(), false));
    }

    /**
     * Blocks. Of each NAR the narinfo alone is read, for the item's name. A NAR that is not whole any more is of no use to
     * anybody and goes.
     */
    private void keptNars() {
        List<Seeds.Unproven> whole = new ArrayList<>();
        try {
            for (KeptNar nar : kept.list()) {
                try {
                    whole.add(new Seeds.Unproven(narinfo(nar).path(), nar));
                } catch (FormatException | NoSuchFileException e) {
                    remove(nar, e);
                } catch (IOException e) {
                    // That may pass: too many open files, a disk that does not answer.
                    LOG.warn("kept NAR {} is not offered: {}", nar.hash().base32(), IoWords.of(e, nar.file()));
                }
            }
        } catch (IOException e) {
            LOG.warn("kept NARs cannot be listed: {}", IoWords.of(e, Path.of("nars")));
        }
        LOG.info("{} NARs were kept earlier; each is offered if it is public, which is seen when it is asked for",
                whole.size());
        seeds.tell(new Seeds.AddKeptEarlier(whole, this::prove));
        shelf.found(whole);
    }

    private static Narinfo narinfo(KeptNar nar) throws IOException {
        Narinfo narinfo = Narinfo.parse(nar.narinfo());
        if (!narinfo.narHash().equals(nar.hash())) {
            throw new FormatException("its narinfo is of another NAR");
        }
        return narinfo;
    }

    /** The gate: before anybody else learns of a NAR, its narinfo is read again, and its signature verified. */
    Optional<Seeds.AddKept> prove(KeptNar nar) throws IOException {
        try {
            Narinfo narinfo = narinfo(nar);
            nar.check();
            if (keptBack.find(narinfo.path(), nar.hash())) {
                LOG.info("{} is kept but not offered: the user keeps it back", narinfo.path());
                return Optional.empty();
            }
            if (metadata.isPublic(narinfo.path(), nar.hash(), narinfo)) {
                return Optional.of(new Seeds.AddKept(narinfo.path(), nar, nar.manifest().root()));
            }
            LOG.info("{} is kept but not offered: no public key has signed it", narinfo.path());
        } catch (FormatException | NoSuchFileException e) {
            remove(nar, e);
        }
        return Optional.empty();
    }

    private void remove(KeptNar nar, IOException why) {
        shelf.withdrawn(nar.hash());
        LOG.warn("kept NAR {} is removed: {}", nar.hash().base32(), IoWords.of(why, nar.file()));
        try {
            nar.delete();
        } catch (IOException e) {
            LOG.warn("kept NAR {} cannot be removed: {}", nar.hash().base32(), IoWords.of(e, nar.file()));
        }
    }
}
