// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store items that the user asked to seed, and what hashing them gave: {@code seeds/HASH-NAME.seed} (the path's NarHash
 * and the fingerprint of the tree, a line each; empty while it was not hashed yet) and {@code seeds/HASH-NAME.manifest}.
 */
public final class StoreSeeds {
    private static final Logger LOG = LoggerFactory.getLogger(StoreSeeds.class);
    private static final String SEED = ".seed";
    private static final int MAX_BYTES = 4096;

    private final Path directory;

    private StoreSeeds(Path directory) {
        this.directory = directory;
    }

    /** Opens the list below {@code stateDirectory}. */
    public static StoreSeeds open(Path stateDirectory) throws IOException {
        Path directory = stateDirectory.resolve("seeds");
        Files.createDirectories(directory);
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, "*" + AtomicFiles.TEMPORARY)) {
            for (Path file : leftovers) {
                Files.delete(file);
                LOG.info("removed leftover {}", file.getFileName());
            }
        }
        return new StoreSeeds(directory);
    }

    /** The items asked for, whether hashed or not. */
    public List<StorePath> list() throws IOException {
        List<StorePath> paths = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SEED)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                try {
                    paths.add(StorePath.parseBaseName(name.substring(0, name.length() - SEED.length())));
                } catch (FormatException e) {
                    LOG.warn("{} names no store item: {}", file, e.getMessage());
                }
            }
        }
        paths.sort(null);
        return paths;
    }

    /** Remembers that {@code path} is to be seeded. */
    public void add(StorePath path) throws IOException {
        Path file = directory.resolve(path.baseName() + SEED);
        if (!Files.exists(file)) {
            AtomicFiles.replace(file, new byte[0]);
        }
    }

    /** Remembers what hashing gave. */
    public void hashed(StoreSeed seed) throws IOException {
        ManifestFile.write(manifest(seed.path()), seed.manifest());
        AtomicFiles.replace(directory.resolve(seed.path().baseName() + SEED),
                (seed.hash() + "\n" + seed.fingerprint() + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** What hashing gave earlier, if {@code path} was hashed and the files are whole. */
    public Optional<StoreSeed> find(StorePath path) {
        Path file = directory.resolve(path.baseName() + SEED);
        try {
            if (Files.size(file) == 0 || Files.size(file) > MAX_BYTES) {
                return Optional.empty();
            }
            List<String> lines = Files.readAllLines(file);
            if (lines.size() != 2) {
                return Optional.empty();
            }
            return Optional.of(new StoreSeed(path, NarHash.parse(lines.get(0)), ManifestFile.read(manifest(path)),
                    lines.get(1)));
        } catch (IOException e) {
            LOG.warn("what is known of {} is lost and will be computed again: {}", path, e.getMessage());
            return Optional.empty();
        }
    }

    /** Forgets what hashing gave, which does not hold any more; {@code path} is still to be seeded. */
    public void unhashed(StorePath path) throws IOException {
        AtomicFiles.replace(directory.resolve(path.baseName() + SEED), new byte[0]);
        Files.deleteIfExists(manifest(path));
    }

    /** Forgets {@code path}. */
    public void remove(StorePath path) throws IOException {
        Files.deleteIfExists(directory.resolve(path.baseName() + SEED));
        Files.deleteIfExists(manifest(path));
    }

    private Path manifest(StorePath path) {
        return directory.resolve(path.baseName() + ".manifest");
    }
}
