// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store items that the user asked to seed, and what hashing them gave: {@code seeds/HASH-NAME.seed} (NarHash, fingerprint
 * of the tree, size of the NAR and root of its manifest, a line each; empty while it was not hashed yet) and {@code
 * seeds/HASH-NAME.manifest}. A start reads the first only: there may be a hundred thousand. In files of earlier versions the
 * last two lines are missing. Safe for several threads.
 */
public final class StoreSeeds {
    private static final Logger LOG = LoggerFactory.getLogger(StoreSeeds.class);
    private static final String SEED = ".seed";
    private static final int MAX_BYTES = 4096;

    private final Path directory;

    private StoreSeeds(Path directory) {
        this.directory = directory;
    }

    /**
     * Opens the list below {@code stateDirectory}, and removes what a crash left half written.
     *
     * @throws IOException when the directory cannot be made or read
     */
    public static StoreSeeds open(Path stateDirectory) throws IOException {
        Path directory = stateDirectory.resolve("seeds");
        Files.createDirectories(directory);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (file.getFileName().toString().endsWith(AtomicFiles.TEMPORARY)) {
                    Files.delete(file);
                    LOG.info("removed leftover {}", file.getFileName());
                }
            }
        }
        return new StoreSeeds(directory);
    }

    /**
     * The items asked for, whether hashed or not, in the order of their paths. Files that are not ours are passed over.
     *
     * @throws IOException when the directory cannot be read
     */
    public List<StorePath> list() throws IOException {
        List<StorePath> paths = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!name.endsWith(SEED)) {
                    continue;
                }
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

    /**
     * Remembers that {@code path} is to be seeded.
     *
     * @throws IOException when it cannot be written; nothing is remembered then
     */
    public synchronized void add(StorePath path) throws IOException {
        Path file = directory.resolve(path.baseName() + SEED);
        if (!Files.exists(file)) {
            AtomicFiles.replace(file, new byte[0]);
        }
    }

    /**
     * Remembers what hashing gave, if the item is still to be seeded: it may have been {@link #remove removed} meanwhile.
     *
     * @return whether it is
     * @throws IOException when it cannot be written; what was remembered before is then, or nothing
     */
    public synchronized boolean hashed(StoreSeed seed, Manifest manifest) throws IOException {
        if (!has(seed.path())) {
            return false;
        }
        ManifestFile.write(manifestOf(seed.path()), manifest);
        AtomicFiles.replace(directory.resolve(seed.path().baseName() + SEED), String
                .join("\n", seed.hash().toString(), seed.fingerprint(), seed.size().toString(), seed.root().base32(),
                        "")
                .getBytes(StandardCharsets.UTF_8));
        return true;
    }

    /** What hashing gave earlier, if {@code path} was hashed and what was written of it can be read. */
    public Optional<StoreSeed> find(StorePath path) {
        try {
            String[] lines = read(directory.resolve(path.baseName() + SEED)).split("\n", -1);
            return switch (lines.length) {
                case 3 -> {
                    Manifest manifest = ManifestFile.read(manifestOf(path));
                    yield Optional.of(new StoreSeed(path, NarHash.parse(lines[0]), manifest.narSize(),
                            manifest.root(), lines[1]));
                }
                case 5 -> Optional.of(new StoreSeed(path, NarHash.parse(lines[0]), NarSize.parse(lines[2]),
                        Sha256.parse(lines[3]), lines[1]));
                default -> Optional.empty();
            };
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("what is known of {} is lost and will be computed again: {}", path, e.getMessage());
            return Optional.empty();
        }
    }

    private static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        }
    }

    /**
     * The manifest that hashing gave.
     *
     * @throws IOException when it is not there, or not the one that was written
     */
    public Manifest manifest(StorePath path) throws IOException {
        Manifest manifest = ManifestFile.read(manifestOf(path));
        StoreSeed seed = find(path).orElseThrow(() -> new NoSuchFileException(path + " was not hashed"));
        if (!manifest.root().equals(seed.root())) {
            throw new FormatException("manifest of " + path + ": not the one that was offered");
        }
        return manifest;
    }

    /**
     * Forgets what hashing gave, which does not hold any more; {@code path} is still to be seeded, if it was.
     *
     * @throws IOException when it cannot be written or deleted
     */
    public synchronized void unhashed(StorePath path) throws IOException {
        if (!has(path)) {
            return;
        }
        AtomicFiles.replace(directory.resolve(path.baseName() + SEED), new byte[0]);
        Files.deleteIfExists(manifestOf(path));
    }

    /**
     * Forgets that {@code path} is to be seeded.
     *
     * @return whether it was
     * @throws IOException when it cannot be deleted
     */
    public synchronized boolean remove(StorePath path) throws IOException {
        // This one first: a manifest alone is nothing.
        boolean was = Files.deleteIfExists(directory.resolve(path.baseName() + SEED));
        Files.deleteIfExists(manifestOf(path));
        return was;
    }

    /** Whether {@code path} is to be seeded. */
    public boolean has(StorePath path) {
        return Files.exists(directory.resolve(path.baseName() + SEED));
    }

    private Path manifestOf(StorePath path) {
        return directory.resolve(path.baseName() + ".manifest");
    }
}
