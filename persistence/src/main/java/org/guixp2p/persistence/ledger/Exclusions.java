// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.persistence.StateLines;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;

/**
 * The store items that the user does not want to be offered, in a file of their own, {@code store-excluded}: unlike a
 * {@link StoreLedger} it cannot be found out again. What was written is on the disk. A file that is there and cannot be read is
 * never taken for an empty one, nor set aside: then everything fails until it can be. Safe for several threads.
 */
public final class Exclusions implements AutoCloseable {
    /** The first line; the last is {@code end}, and between them is one path a line. */
    public static final String FIRST = "guix-p2p excluded items 1";
    private static final int MAX_BYTES = 16 << 20;

    private final Path file;
    private volatile @Nullable Known known;
    /** Whether the file may be another than what is known. */
    private boolean unsure;
    private boolean closed;
    private volatile long additions;

    /**
     * What is excluded at a moment.
     *
     * @param additions as {@link Exclusions#additions} was then
     */
    public record Known(Set<StorePath> paths, long additions) {
        public Known {
            paths = Set.copyOf(paths);
        }
    }

    /** Those below {@code stateDirectory}. Does not block. */
    public Exclusions(Path stateDirectory) {
        this.file = stateDirectory.resolve("store-excluded");
    }

    /** How often something was added since the start: what was listed before the last time may have what is excluded now. */
    public long additions() {
        return additions;
    }

    /**
     * What is excluded; blocks.
     *
     * @throws IOException when it cannot be read
     */
    public synchronized Known known() throws IOException {
        Known now = known;
        if (now == null) {
            now = new Known(read(), additions);
            known = now;
        }
        return now;
    }

    /** Whether one is not to be offered, also when that is not known; does not block. */
    public boolean isExcluded(StorePath path) {
        Known now = known;
        return now == null || now.paths().contains(path);
    }

    private Set<StorePath> read() throws IOException {
        Set<StorePath> paths = new HashSet<>();
        try (InputStream content = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            for (String line : StateLines.decode(FIRST, content.readNBytes(MAX_BYTES + 1), MAX_BYTES)) {
                paths.add(StorePath.parse(line));
            }
        } catch (NoSuchFileException e) {
            return Set.of();
        } catch (FormatException e) {
            throw failure("is damaged", e);
        } catch (IOException e) {
            throw failure("cannot be read", e);
        }
        return paths;
    }

    private IOException failure(String what, Exception e) {
        return new IOException(
                file + ", which says what of the store must not be offered, " + what + ": " + e, e);
    }

    /**
     * From now on these are not to be offered, whatever is found out about them; blocks.
     *
     * @throws IOException when it cannot be written, or what was written before cannot be read, or after {@link #close}
     */
    public synchronized void exclude(Collection<StorePath> paths) throws IOException {
        change(all -> all.addAll(paths));
    }

    /**
     * One may be offered again; blocks.
     *
     * @throws IOException as {@link #exclude}
     */
    public synchronized void include(StorePath path) throws IOException {
        change(all -> all.remove(path));
    }

    private void change(Consumer<Set<StorePath>> how) throws IOException {
        if (closed) {
            throw new IOException(file + " is closed");
        }
        Set<StorePath> before = known().paths();
        Set<StorePath> paths = new HashSet<>(before);
        how.accept(paths);
        if (!unsure && paths.equals(before)) {
            return;
        }
        byte[] content = StateLines.encode(FIRST, paths.stream().map(StorePath::path).sorted());
        if (content.length > MAX_BYTES) {
            throw new IOException(file + " would be larger than " + MAX_BYTES + " bytes");
        }
        // It may be replaced though that cannot be put on the disk: what is known holds, and is written with the next change.
        unsure = true;
        AtomicFiles.replace(file, content);
        unsure = false;
        long after = before.containsAll(paths) ? additions : additions + 1;
        known = new Known(paths, after);
        additions = after;
    }

    /** For good: what comes later is not written, and whoever wants it is told so. */
    @Override
    public synchronized void close() {
        closed = true;
    }
}
