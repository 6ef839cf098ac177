// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.guixp2p.persistence.nar.StoreSeed;
import org.guixp2p.persistence.nar.StoreSeeds;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;

/** Store items on this machine, and what hashing them gave. Its methods block. */
public final class StoreItems {
    private final StoreSeeds known;
    private final Function<StorePath, Path> locate;

    /**
     * @param known what was learnt before
     * @param locate where an item is read
     */
    public StoreItems(StoreSeeds known, Function<StorePath, Path> locate) {
        this.known = known;
        this.locate = locate;
    }

    Path locate(StorePath path) {
        return locate.apply(path);
    }

    /**
     * The NarHash of an item and the root of its manifest: from an earlier run when the tree is still the same, else by
     * reading all of it.
     *
     * @throws IOException when the item is not there, cannot be a NAR, or is not to be seeded any more
     */
    StoreSeed hash(StorePath path, HashedTree.Reading reading) throws IOException {
        // It may have waited for others to be hashed.
        if (!known.has(path)) {
            throw takenBack(path);
        }
        Optional<StoreSeed> earlier = known.find(path);
        Path tree = locate(path);
        String fingerprint = fingerprint(tree);
        if (earlier.isPresent() && earlier.get().fingerprint().equals(fingerprint)) {
            return earlier.get();
        }
        return compute(path, tree, fingerprint, reading);
    }

    /** What an earlier run hashed, if the tree is still the same. */
    Optional<StoreSeed> unchanged(StorePath path) {
        Optional<StoreSeed> earlier = known.find(path);
        if (earlier.isEmpty()) {
            return earlier;
        }
        try {
            String fingerprint = fingerprint(locate(path));
            return earlier.filter(seed -> seed.fingerprint().equals(fingerprint));
        } catch (IOException e) {
            // Whoever hashes it says what is wrong.
            return Optional.empty();
        }
    }

    /**
     * What tells the item that is there now from another one at the same path.
     *
     * @return nothing when none is there
     * @throws IOException when that cannot be seen for now
     */
    Optional<String> look(StorePath path) throws IOException {
        try {
            return Optional.of(fingerprint(locate(path)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Some of those named, hashed earlier and not changed since; the others are to be hashed. */
    record Unchanged(List<StoreSeed> seeds, List<StorePath> others) {}

    Unchanged unchanged(List<StorePath> paths) {
        List<StoreSeed> seeds = new ArrayList<>();
        List<StorePath> others = new ArrayList<>();
        for (StorePath path : paths) {
            unchanged(path).ifPresentOrElse(seeds::add, () -> others.add(path));
        }
        return new Unchanged(seeds, others);
    }

    private StoreSeed compute(StorePath path, Path tree, String fingerprint, HashedTree.Reading reading)
            throws IOException {
        HashedTree hashed = reading.read(tree);
        Manifest manifest = hashed.manifest();
        StoreSeed seed = new StoreSeed(path, hashed.hash(), manifest.narSize(), manifest.root(), fingerprint);
        if (!known.hashed(seed, manifest)) {
            throw takenBack(path);
        }
        return seed;
    }

    private static IOException takenBack(StorePath path) {
        return new IOException(path + " is not to be seeded any more");
    }

    /** The manifest that {@link #hash} found. */
    Manifest manifest(StorePath path) throws IOException {
        return known.manifest(path);
    }

    /** The item is not what was hashed; it is hashed again when it is asked for again. */
    void disown(StorePath path) throws IOException {
        known.unhashed(path);
    }

    /**
     * Reads all of an item, and compares it with what hashing it gave.
     *
     * @return what is wrong, in words for people; nothing when nothing is, or it was not hashed yet
     * @throws IOException when it cannot be read: as {@link #hash}
     */
    public Optional<String> verify(StorePath path) throws IOException {
        NarHash now = HashedTree.of(locate(path)).hash();
        return known.find(path).map(StoreSeed::hash).filter(earlier -> !earlier.equals(now))
                .map(earlier -> "its NAR has the hash " + now + " instead of " + earlier);
    }

    /**
     * What tells an item from another at the same path: a store item never changes in place, so the identity and times of
     * its root are enough.
     */
    private static String fingerprint(Path tree) throws IOException {
        try {
            Map<String, Object> attributes = Files.readAttributes(tree, "unix:dev,ino,ctime,size",
                    LinkOption.NOFOLLOW_LINKS);
            return attributes.get("dev") + ":" + attributes.get("ino") + ":" + attributes.get("ctime") + ":"
                    + attributes.get("size");
        } catch (NoSuchFileException e) {
            throw withCause(new NoSuchFileException(tree + " does not exist"), e);
        }
    }

    private static IOException withCause(IOException failure, IOException cause) {
        failure.initCause(cause);
        return failure;
    }
}
