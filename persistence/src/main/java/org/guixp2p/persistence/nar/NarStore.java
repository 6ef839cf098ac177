// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.swarm.Manifest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The NARs below a state directory: {@code partial/} for those being fetched, {@code nars/HASH.nar} with {@code .manifest}
 * and {@code .narinfo} beside it for those kept. The {@code .nar} is renamed into place last, so it is never without them.
 */
public final class NarStore {
    private static final Logger LOG = LoggerFactory.getLogger(NarStore.class);
    private static final String NAR = ".nar";
    private static final int MAX_NARINFO = 1 << 20;
    /** What is found damaged may be deleted while it is being kept anew. */
    private static final Object NAMES = new Object();

    private final Path partial;
    private final Path kept;
    private final AtomicLong created = new AtomicLong();

    private NarStore(Path partial, Path kept) {
        this.partial = partial;
        this.kept = kept;
    }

    /**
     * Opens the store below {@code stateDirectory}, makes its directories, and removes what a crash left.
     *
     * @throws IOException when the directories cannot be made or read
     */
    public static NarStore open(Path stateDirectory) throws IOException {
        NarStore store = new NarStore(stateDirectory.resolve("partial"), stateDirectory.resolve("nars"));
        Files.createDirectories(store.partial);
        Files.createDirectories(store.kept);
        store.clearPartial();
        store.clearOrphans();
        return store;
    }

    private void clearPartial() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(partial)) {
            for (Path file : files) {
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    LOG.warn("{} is not ours and stays", file);
                } else {
                    Files.delete(file);
                    LOG.info("removed unfinished download {}", file.getFileName());
                }
            }
        }
    }

    private void clearOrphans() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(kept)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                int stem = name.lastIndexOf('.');
                boolean orphan = name.endsWith(AtomicFiles.TEMPORARY)
                        || (!name.endsWith(NAR) && stem > 0
                                && !Files.exists(kept.resolve(name.substring(0, stem) + NAR)));
                if (orphan && !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(file);
                    LOG.info("removed leftover {}", name);
                }
            }
        }
    }

    /**
     * A new, empty file for a NAR being fetched. Several at a time for one NAR have nothing to do with each other.
     *
     * @param hash of the NAR
     */
    public PartialNar create(NarHash hash) throws IOException {
        return PartialNar.create(partial.resolve(hash.base32() + "." + created.getAndIncrement()));
    }

    /**
     * Keeps a complete NAR whose hash was verified. The partial file lives on under its new name.
     *
     * @param narinfo signed narinfo bytes
     * @throws IOException when it could not be kept, for want of room for instance; nothing is left then but the partial file
     */
    public KeptNar keep(PartialNar nar, NarHash hash, Manifest manifest, byte[] narinfo) throws IOException {
        Path file = kept.resolve(hash.base32() + NAR);
        nar.force();
        synchronized (NAMES) {
            put(nar, file, manifest, narinfo);
            return kept(hash, file);
        }
    }

    private static void put(PartialNar nar, Path file, Manifest manifest, byte[] narinfo) throws IOException {
        boolean done = false;
        try {
            ManifestFile.write(manifestOf(file), manifest);
            AtomicFiles.replace(narinfoOf(file), narinfo);
            AtomicFiles.moveIntoPlace(nar.file(), file);
            done = true;
        } finally {
            if (!done && !Files.exists(file)) {
                deleteCompanions(file);
            }
        }
    }

    private static KeptNar kept(NarHash hash, Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class,
                LinkOption.NOFOLLOW_LINKS);
        return new KeptNar(hash, new NarSize(attributes.size()), file, attributes.fileKey());
    }

    /** The NAR itself goes first, so that a crash leaves no NAR without its narinfo. */
    static void delete(KeptNar nar) throws IOException {
        synchronized (NAMES) {
            Path file = nar.file();
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    && !Objects.equals(nar.key(), kept(nar.hash(), file).key())) {
                return;
            }
            Files.deleteIfExists(file);
            deleteCompanions(file);
        }
    }

    /** The NAR kept under this hash, if there is one. */
    public Optional<KeptNar> find(NarHash hash) {
        Path file = kept.resolve(hash.base32() + NAR);
        try {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    ? Optional.of(kept(hash, file))
                    : Optional.empty();
        } catch (IOException e) {
            LOG.warn("kept NAR {}: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    /** All NARs kept, without reading their manifests. Files that are not ours are passed over. */
    public List<KeptNar> list() throws IOException {
        List<KeptNar> nars = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(kept, "*" + NAR)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                try {
                    NarHash hash = new NarHash(Sha256.parse(name.substring(0, name.length() - NAR.length())));
                    find(hash).ifPresent(nars::add);
                } catch (FormatException e) {
                    LOG.warn("{} is not a kept NAR: {}", file, e.getMessage());
                }
            }
        }
        return nars;
    }

    static void deleteCompanions(Path nar) throws IOException {
        Files.deleteIfExists(manifestOf(nar));
        Files.deleteIfExists(narinfoOf(nar));
    }

    static Path manifestOf(Path nar) {
        return sibling(nar, ".manifest");
    }

    private static Path narinfoOf(Path nar) {
        return sibling(nar, ".narinfo");
    }

    static byte[] readNarinfo(Path nar) throws IOException {
        Path file = narinfoOf(nar);
        if (Files.size(file) > MAX_NARINFO) {
            throw new FormatException("kept narinfo too large: " + file);
        }
        return Files.readAllBytes(file);
    }

    private static Path sibling(Path nar, String ending) {
        String name = nar.getFileName().toString();
        return nar.resolveSibling(name.substring(0, name.length() - NAR.length()) + ending);
    }
}
