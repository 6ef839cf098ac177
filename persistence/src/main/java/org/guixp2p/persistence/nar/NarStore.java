// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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
 * The NARs below a state directory: {@code partial/} for those being fetched and what interrupted downloads left,
 * {@code nars/HASH.nar} with {@code .manifest} and {@code .narinfo} beside it for those kept. The {@code .nar} is renamed into
 * place last, so it is never without them, unless the machine has crashed: then they may be torn, which they tell.
 */
public final class NarStore {
    private static final Logger LOG = LoggerFactory.getLogger(NarStore.class);
    private static final String NAR = ".nar";
    private static final String MANIFEST = ".manifest";
    private static final String NARINFO = ".narinfo";
    private static final int MAX_NARINFO = 1 << 20;
    /** What is found damaged may be deleted while it is being kept anew. */
    private static final Object NAMES = new Object();

    private final Path partial;
    private final Path kept;
    private final Leftovers leftovers;
    private final DiskRoom room;
    private final Disk disk;
    private final AtomicLong created = new AtomicLong();

    private NarStore(Path partial, Path kept, Leftovers leftovers, DiskRoom room, Disk disk) {
        this.partial = partial;
        this.kept = kept;
        this.leftovers = leftovers;
        this.room = room;
        this.disk = disk;
    }

    /**
     * Opens the store below {@code stateDirectory}, makes its directories, and removes what a crash left and nobody can go on
     * with.
     *
     * @throws IOException when the directories cannot be made or read
     */
    public static NarStore open(Path stateDirectory) throws IOException {
        return open(stateDirectory, InstantSource.system(), new DirectoryDisk(stateDirectory.resolve("partial")));
    }

    static NarStore open(Path stateDirectory, InstantSource clock, Disk disk) throws IOException {
        Leftovers leftovers = new Leftovers(clock, disk);
        NarStore store = new NarStore(stateDirectory.resolve("partial"), stateDirectory.resolve("nars"), leftovers,
                new DiskRoom(disk, leftovers), disk);
        Files.createDirectories(store.partial);
        Files.createDirectories(store.kept);
        store.leftovers.find(store.partial);
        store.clearOrphans();
        return store;
    }

    /** One listing tells: with a hundred thousand NARs, to look at each file takes seconds. */
    private void clearOrphans() throws IOException {
        Set<String> nars = new HashSet<>();
        List<Path> others = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(kept)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(NAR)) {
                    nars.add(stem(name));
                } else {
                    others.add(file);
                }
            }
        }
        for (Path file : others) {
            String name = file.getFileName().toString();
            boolean orphan = name.endsWith(AtomicFiles.TEMPORARY) || (isCompanion(name) && !nars.contains(stem(name)));
            if (orphan && !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                Files.delete(file);
                LOG.info("removed leftover {}", name);
            }
        }
    }

    /** Whether a file is of those that lie beside NARs, by its name; what somebody else has put there stays. */
    private static boolean isCompanion(String name) {
        return (name.endsWith(MANIFEST) || name.endsWith(NARINFO)) && hashOf(stem(name)).isPresent();
    }

    private static Optional<NarHash> hashOf(String base32) {
        try {
            return Optional.of(new NarHash(Sha256.parse(base32)));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    /** The name without its last ending. */
    private static String stem(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    /**
     * The file for a NAR that is to be fetched, when there is room for it beside what other downloads have yet to write: that of
     * an interrupted download, marked resumable, of whose content nothing is known to be right; or else a new, empty one. What
     * interrupted downloads of other NARs left makes room for it, the oldest first.
     *
     * @throws IOException in one line for people, when there is no room; what interrupted downloads left is as before then
     */
    public PartialNar begin(NarHash hash, NarSize size) throws IOException {
        Optional<PartialNar> left = takeLeftover(hash, size);
        try {
            return room.begin(size, left, () -> left.isPresent() ? left.get() : newFile(hash, size));
        } catch (IOException e) {
            if (left.isPresent()) {
                left.get().close();
                leftovers.putBack(hash, left.get().file());
            }
            throw e;
        }
    }

    /**
     * A new, empty file for a NAR being fetched, whether there is room for it or not. Several at a time for one NAR have nothing
     * to do with each other.
     *
     * @throws IOException when the file cannot be made
     */
    public PartialNar create(NarHash hash, NarSize size) throws IOException {
        return room.enter(newFile(hash, size));
    }

    private PartialNar newFile(NarHash hash, NarSize size) throws IOException {
        while (true) {
            String name = hash.base32() + "." + created.getAndIncrement();
            // What an earlier run left may have that number.
            if (!Files.exists(partial.resolve(name + Leftovers.RESUMABLE), LinkOption.NOFOLLOW_LINKS)) {
                return PartialNar.create(partial.resolve(name), size, room);
            }
        }
    }

    /** The file of an interrupted download of this NAR, if there is one; it is the caller's alone from now on. */
    Optional<PartialNar> takeLeftover(NarHash hash, NarSize size) {
        return leftovers.take(hash, size, room);
    }

    /**
     * Closes the file of an interrupted download and leaves it for whoever fetches the NAR next, within limits of age and
     * space; it was marked resumable.
     *
     * @throws IOException when it cannot be closed, or what goes instead of it not deleted
     */
    public void leave(NarHash hash, PartialNar nar) throws IOException {
        nar.close();
        leftovers.leave(hash, nar.file());
    }

    /**
     * Removes what an interrupted download of this NAR left.
     *
     * @throws IOException when the file cannot be deleted
     */
    public void forgetLeftover(NarHash hash) throws IOException {
        leftovers.forget(hash);
    }

    /**
     * Keeps a complete NAR whose hash was verified. The partial file lives on under its new name.
     *
     * @param narinfo signed narinfo bytes
     * @throws IOException when it could not be kept, for want of room for instance; nothing is left then but the partial file
     */
    public KeptNar keep(PartialNar nar, NarHash hash, Manifest manifest, byte[] narinfo) throws IOException {
        Path file = kept.resolve(hash.base32() + NAR);
        nar.complete();
        nar.force();
        synchronized (NAMES) {
            put(nar, file, manifest, narinfo);
            return kept(hash, file);
        }
    }

    /**
     * Of all that is written here, the NAR alone is forced to the disk: whether its bytes are right is not looked at again. What lies
     * beside it tells when it is torn, and that the crash of a machine takes the last ones of a cache with it is worth less than
     * five more waits for the disk for each NAR.
     */
    private static void put(PartialNar nar, Path file, Manifest manifest, byte[] narinfo) throws IOException {
        boolean done = false;
        try {
            ManifestFile.write(manifestOf(file), manifest);
            AtomicFiles.replaceUnforced(narinfoOf(file), narinfo);
            Files.move(nar.file(), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            done = true;
        } finally {
            if (!done && !Files.exists(file)) {
                deleteCompanions(file);
            }
        }
    }

    private static KeptNar kept(NarHash hash, Path file) throws IOException {
        return kept(hash, file, attributes(file));
    }

    private static KeptNar kept(NarHash hash, Path file, BasicFileAttributes attributes) {
        return new KeptNar(hash, new NarSize(attributes.size()), file, attributes.fileKey(),
                attributes.lastModifiedTime().toInstant());
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
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

    static boolean isThere(KeptNar nar) {
        try {
            return Objects.equals(nar.key(), attributes(nar.file()).fileKey());
        } catch (IOException e) {
            return false;
        }
    }

    /** How many bytes the disk has left. */
    public long free() {
        return disk.free();
    }

    /** The NAR kept under this hash, if there is one and its file can be looked at. */
    public Optional<KeptNar> find(NarHash hash) {
        Path file = kept.resolve(hash.base32() + NAR);
        try {
            BasicFileAttributes attributes = attributes(file);
            return attributes.isRegularFile() ? Optional.of(kept(hash, file, attributes)) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("kept NAR {}: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * All NARs kept, without reading anything of them. Files that are not ours are passed over.
     *
     * @throws IOException when the directory cannot be read
     */
    public List<KeptNar> list() throws IOException {
        List<KeptNar> nars = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(kept)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!name.endsWith(NAR)) {
                    continue;
                }
                hashOf(stem(name)).ifPresentOrElse(hash -> find(hash).ifPresent(nars::add),
                        () -> LOG.warn("{} is not a kept NAR: its name is no hash", file));
            }
        }
        return nars;
    }

    static void deleteCompanions(Path nar) throws IOException {
        Files.deleteIfExists(manifestOf(nar));
        Files.deleteIfExists(narinfoOf(nar));
    }

    static Path manifestOf(Path nar) {
        return sibling(nar, MANIFEST);
    }

    private static Path narinfoOf(Path nar) {
        return sibling(nar, NARINFO);
    }

    static byte[] readNarinfo(Path nar) throws IOException {
        Path file = narinfoOf(nar);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] narinfo = in.readNBytes(MAX_NARINFO + 1);
            if (narinfo.length > MAX_NARINFO) {
                throw new FormatException("kept narinfo too large: " + file);
            }
            return narinfo;
        }
    }

    private static Path sibling(Path nar, String ending) {
        return nar.resolveSibling(stem(nar.getFileName().toString()) + ending);
    }
}
