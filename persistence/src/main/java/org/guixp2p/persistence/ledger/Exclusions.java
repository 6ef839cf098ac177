// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.persistence.StateLines;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;

/**
 * What of the store the user does not want to be offered: items by their paths, and NARs, whatever item has them. In a
 * file of its own, {@code store-excluded}: unlike a {@link StoreLedger} it cannot be found out again. What was written is
 * on the disk. A file that is there and cannot be read is never taken for an empty one, nor set aside: then everything
 * fails until it can be. Safe for several threads.
 */
public final class Exclusions implements AutoCloseable {
    /** The first line; the last is {@code end}, and between them is one path or NarHash a line. */
    public static final String FIRST = "guix-p2p excluded items 1";
    /** How a NarHash begins, and no path. */
    private static final String NAR = "sha256:";
    private static final int MAX_BYTES = 16 << 20;

    private final Path file;
    private volatile @Nullable Known known;
    /** Whether the file may be another than what is known. */
    private boolean unsure;
    private boolean closed;

    /**
     * What is excluded at a moment.
     *
     * @param additions how often something was added since the start
     */
    public record Known(Set<StorePath> paths, Set<NarHash> nars, long additions) {
        public Known {
            paths = Set.copyOf(paths);
            nars = Set.copyOf(nars);
        }

        /** Whether an item is excluded, by its path or its NAR. */
        public boolean has(StorePath path, NarHash nar) {
            return paths.contains(path) || nars.contains(nar);
        }

        private Known with(StorePath path) {
            return paths.contains(path) ? this : new Known(plus(paths, path), nars, additions + 1);
        }

        private Known with(NarHash nar) {
            return nars.contains(nar) ? this : new Known(paths, plus(nars, nar), additions + 1);
        }

        private static <T> Set<T> plus(Set<T> before, T one) {
            Set<T> all = new HashSet<>(before);
            all.add(one);
            return all;
        }

        private Known without(StorePath path, Optional<NarHash> nar) {
            return new Known(paths.stream().filter(other -> !other.equals(path)).collect(Collectors.toSet()),
                    nars.stream().filter(other -> !Optional.of(other).equals(nar)).collect(Collectors.toSet()),
                    additions);
        }

        private byte[] encoded() {
            return StateLines.encode(FIRST,
                    Stream.concat(paths.stream().map(StorePath::path), nars.stream().map(NarHash::toString)).sorted());
        }

        private static Known decoded(byte[] content) throws FormatException {
            Set<StorePath> paths = new HashSet<>();
            Set<NarHash> nars = new HashSet<>();
            for (String line : StateLines.decode(FIRST, content, MAX_BYTES)) {
                if (line.startsWith(NAR)) {
                    nars.add(NarHash.parse(line));
                } else {
                    paths.add(StorePath.parse(line));
                }
            }
            return new Known(paths, nars, 0);
        }
    }

    /** Those below {@code stateDirectory}. Does not block. */
    public Exclusions(Path stateDirectory) {
        this.file = stateDirectory.resolve("store-excluded");
    }

    /** How often something was added since the start: what was listed before the last time may have what is excluded now. */
    public long additions() {
        Known now = known;
        return now == null ? 0 : now.additions();
    }

    /**
     * What is excluded; blocks.
     *
     * @throws IOException when it cannot be read
     */
    public synchronized Known known() throws IOException {
        Known now = known;
        if (now == null) {
            now = read();
            known = now;
        }
        return now;
    }

    /** Whether an item is not to be offered, also when that is not known; does not block. */
    public boolean isExcluded(StorePath path, NarHash nar) {
        Known now = known;
        return now == null || now.has(path, nar);
    }

    private Known read() throws IOException {
        try (InputStream content = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            return Known.decoded(content.readNBytes(MAX_BYTES + 1));
        } catch (NoSuchFileException e) {
            return new Known(Set.of(), Set.of(), 0);
        } catch (FormatException e) {
            throw failure("is damaged: " + e.getMessage(), e);
        } catch (IOException e) {
            throw failure("cannot be read: " + e, e);
        }
    }

    private IOException failure(String what, Exception e) {
        return new IOException(file + ", which says what of the store must not be offered, " + what, e);
    }

    /**
     * From now on an item is not to be offered, whatever is found out about it; blocks.
     *
     * @throws IOException when it cannot be written, or what was written before cannot be read, or after {@link #close}
     */
    public void exclude(StorePath path) throws IOException {
        change(before -> before.with(path));
    }

    /**
     * From now on no item with this NAR is to be offered, also one that comes later; blocks.
     *
     * @throws IOException as {@link #exclude(StorePath)}
     */
    public void exclude(NarHash nar) throws IOException {
        change(before -> before.with(nar));
    }

    /**
     * An item may be offered again; blocks.
     *
     * @param nar which is excluded no more either, of whatever item
     * @throws IOException as {@link #exclude(StorePath)}
     */
    public void include(StorePath path, Optional<NarHash> nar) throws IOException {
        change(before -> before.without(path, nar));
    }

    private synchronized void change(UnaryOperator<Known> how) throws IOException {
        if (closed) {
            throw new IOException(file + " is closed");
        }
        Known before = known();
        Known after = how.apply(before);
        if (!unsure && after.equals(before)) {
            return;
        }
        byte[] content = after.encoded();
        if (content.length > MAX_BYTES) {
            throw new IOException(file + " would be larger than " + MAX_BYTES + " bytes");
        }
        // It may be replaced though that cannot be put on the disk: what is known holds, and is written with the next change.
        unsure = true;
        AtomicFiles.replace(file, content);
        unsure = false;
        known = after;
    }

    /** For good: what comes later is not written, and whoever wants it is told so. */
    @Override
    public synchronized void close() {
        closed = true;
    }
}
