// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.node.seed.HashedTree;
import org.guixp2p.persistence.guixdb.StoreDatabase;
import org.guixp2p.persistence.guixdb.StoreDatabaseException;
import org.guixp2p.persistence.guixdb.ValidItem;
import org.guixp2p.persistence.ledger.Registration;
import org.guixp2p.persistence.ledger.StoreLedger;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.store.UnsupportedTreeException;
import org.guixp2p.protocol.swarm.Manifest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at items of the store, and writes down what it found. Everything blocks. */
record StoreReader(StoreDatabase database, StoreLedger ledger, Function<StorePath, Path> locate) {
    private static final Logger LOG = LoggerFactory.getLogger(StoreReader.class);

    /** Something to write. */
    interface Writing {
        void run() throws IOException;
    }

    /** What hashing an item's tree gave. */
    sealed interface Outcome {
        /**
         * It has its hash.
         *
         * @param isWritten whether the ledger has the manifest
         */
        record Whole(StorePath path, Manifest manifest, boolean isWritten) implements Outcome {}

        /** It is not what was registered. */
        record Damaged(StorePath path, String why) implements Outcome {}

        /** It is not registered any more. */
        record Collected() implements Outcome {}

        /** It could not be read this time. */
        record Unread(String why) implements Outcome {}

        /** The store's database could not be read this time, which says nothing of the tree. */
        record Unknown(String why) implements Outcome {}
    }

    static Registration registration(ValidItem item) {
        return new Registration(item.id(), item.registered(), item.hash());
    }

    /** Those of these that are still registered as they were. */
    List<ValidItem> find(List<Registration> items) throws IOException {
        List<ValidItem> found = new ArrayList<>();
        if (items.isEmpty()) {
            return found;
        }
        Set<Registration> wanted = Set.copyOf(items);
        for (ValidItem item : database.find(items.stream().mapToLong(Registration::id).toArray())) {
            if (wanted.contains(registration(item))) {
                found.add(item);
            }
        }
        return found;
    }

    /**
     * The item with this path, if it is registered in a database that can be read at all.
     *
     * @throws IOException when the daemon is at work, and that will be known in a moment
     */
    Optional<ValidItem> findNow(StorePath path) throws IOException {
        try {
            return database.find(path);
        } catch (StoreDatabaseException e) {
            if (e.isPassing()) {
                throw e;
            }
            LOG.debug("what NAR {} has is not known: {}", path, e.getMessage());
            return Optional.empty();
        }
    }

    /** The same, if it can be told. */
    Optional<ValidItem> find(StorePath path) {
        try {
            return database.find(path);
        } catch (IOException e) {
            LOG.debug("what NAR {} has is not known: {}", path, e.getMessage());
            return Optional.empty();
        }
    }

    /** Reads all of an item, and remembers whether it is what was registered. */
    Outcome hash(Registration item, HashedTree.Reading reading) {
        List<ValidItem> found;
        try {
            found = find(List.of(item));
        } catch (IOException e) {
            return new Outcome.Unknown(String.valueOf(e.getMessage()));
        }
        if (found.isEmpty()) {
            return new Outcome.Collected();
        }
        StorePath path = found.getFirst().path();
        try {
            return hash(item, path, reading);
        } catch (IOException e) {
            // A tree that is being collected is registered no more.
            return isGone(item) ? new Outcome.Collected() : new Outcome.Unread(IoWords.of(e, locate.apply(path)));
        }
    }

    private boolean isGone(Registration item) {
        try {
            return find(List.of(item)).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    private Outcome hash(Registration item, StorePath path, HashedTree.Reading reading) throws IOException {
        HashedTree hashed;
        try {
            hashed = reading.read(locate.apply(path));
        } catch (UnsupportedTreeException e) {
            note(() -> ledger.damaged(item));
            return new Outcome.Damaged(path, String.valueOf(e.getMessage()));
        }
        if (!hashed.hash().equals(item.hash())) {
            note(() -> ledger.damaged(item));
            return new Outcome.Damaged(path, "its NAR has the hash " + hashed.hash() + " instead of " + item.hash());
        }
        return new Outcome.Whole(path, hashed.manifest(), note(() -> ledger.whole(item, hashed.manifest())));
    }

    /**
     * Writes down something that can be found out again.
     *
     * @return whether it is written; what is not holds all the same, till the next start
     */
    static boolean note(Writing finding) {
        try {
            finding.run();
            return true;
        } catch (IOException e) {
            LOG.warn("what was found out about the store is not kept: {}", e.getMessage());
            return false;
        }
    }

    /** The manifest that the ledger has, which may have begun anew. */
    Optional<Manifest> manifest(Registration item) throws IOException {
        ledger.open();
        return ledger.manifest(item);
    }

    /** What an earlier hashing gave; nothing when that is lost, or the item collected. */
    Optional<Outcome.Whole> recall(Registration item) throws IOException {
        List<ValidItem> found = find(List.of(item));
        return found.isEmpty()
                ? Optional.empty()
                : manifest(item).map(manifest -> new Outcome.Whole(found.getFirst().path(), manifest, true));
    }
}
