// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;
import org.guixp2p.protocol.nar.NarFraming;
import org.guixp2p.protocol.nar.NarVisitor;
import org.jspecify.annotations.Nullable;

/**
 * Writes the tree that it is told as Guix's {@code restore-file} does: files 0444 or 0555, directories 0555, everything,
 * symlinks too, with a time of one second after the epoch.
 *
 * <p>The destination must not exist. Everything is made anew, exclusively, by name in a directory that is held open and,
 * until it is complete, its owner's alone; so nothing is written outside the destination or through a symlink, whatever
 * the tree says and whoever else is about. It works for root and for any user who may write where the destination is.
 *
 * <p>Whoever stops early, or finds out at the end that the tree is the wrong one, calls {@link #abort}; {@link #close}
 * does so for a tree that is not complete. For one thread at a time.
 */
public final class Restorer implements NarVisitor, Closeable {
    private static final FileTime TIME = FileTime.fromMillis(1000);
    private static final Set<PosixFilePermission> PLAIN = PosixFilePermissions.fromString("r--r--r--");
    private static final Set<PosixFilePermission> EXECUTABLE = PosixFilePermissions.fromString("r-xr-xr-x");
    /** So many are taken back when the tree proves wrong; the others are Guix's to collect, as nobody uses them. */
    private static final int MAX_ENTERED = 1 << 16;

    private final Path rootName;
    private final @Nullable Deduplicator deduplicator;
    /** The directories that are open, the innermost first; the last is the one in which the destination lies. */
    private final Deque<OpenDirectory> directories = new ArrayDeque<>();
    /** The name of the node that comes next, or of the file that is written. */
    private Path name;
    /** Whether there is something at the destination that is this restorer's. */
    private boolean created;
    private boolean complete;
    /** What this restorer has put into {@code .links}. */
    private final List<Entered> entered = new ArrayList<>();

    private record Entered(Sha256 hash, Object key) {}

    private @Nullable SeekableByteChannel file;
    private @Nullable MessageDigest digest;
    private boolean executable;
    private long size;
    private long left;

    /**
     * Restores as {@code destination}, without deduplication.
     *
     * @throws IOException when the directory in which it is to lie cannot be opened
     */
    public Restorer(Path destination) throws IOException {
        this(destination, null);
    }

    /** Restores as {@code destination}; {@code deduplicator}, if there is one, is asked about each file it cares for. */
    public Restorer(Path destination, @Nullable Deduplicator deduplicator) throws IOException {
        Path absolute = destination.toAbsolutePath();
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("not a place in a directory: " + destination);
        }
        this.rootName = absolute.getFileName();
        this.name = rootName;
        this.deduplicator = deduplicator;
        directories.push(OpenDirectory.open(parent));
    }

    /** Whether the whole tree is there. */
    public boolean isComplete() {
        return complete;
    }

    @Override
    public void startDirectory() throws IOException {
        OpenDirectory parent = current();
        Path made = parent.createDirectory(name);
        created = true;
        parent.checkPlace(name, made);
        directories.push(parent.openDirectory(name));
    }

    @Override
    public void entry(EntryName name) throws IOException {
        this.name = FileNames.path(rootName, name);
    }

    @Override
    public void endDirectory() throws IOException {
        try (OpenDirectory directory = directories.pop()) {
            finish(directory.posixView(), EXECUTABLE);
        }
        endNode();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        file = current().createFile(name);
        created = true;
        this.executable = executable;
        this.size = size;
        left = size;
        if (deduplicator != null && size >= Deduplicator.MINIMUM_SIZE) {
            digest = Sha256.digest();
            NarFraming framing = new NarFraming();
            framing.magic();
            framing.startFile(executable, size);
            digest.update(framing.array(), 0, framing.length());
        }
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        if (file == null || length > left) {
            throw new IllegalStateException("contents that were not announced");
        }
        left -= length;
        ByteBuffer bytes = ByteBuffer.wrap(buffer, offset, length);
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
        if (digest != null) {
            digest.update(buffer, offset, length);
        }
    }

    @Override
    public void endFile() throws IOException {
        if (file == null || left > 0) {
            throw new IllegalStateException("end of a file that did not begin, or that goes on");
        }
        file.close();
        file = null;
        PosixFileAttributeView view = current().posixView(name);
        finish(view, executable ? EXECUTABLE : PLAIN);
        if (digest != null && deduplicator != null) {
            NarFraming framing = new NarFraming();
            framing.endFile(size);
            digest.update(framing.array(), 0, framing.length());
            Sha256 hash = Sha256.finish(digest);
            digest = null;
            share(deduplicator, hash, view);
        }
        endNode();
    }

    private void share(Deduplicator with, Sha256 hash, PosixFileAttributeView view) throws IOException {
        switch (with.share(current().pathOf(name), hash)) {
            case ALONE -> {
                // It is complete as it is.
            }
            case ENTERED -> {
                if (entered.size() < MAX_ENTERED) {
                    entered.add(new Entered(hash, OpenDirectory.key(view.readAttributes())));
                }
            }
            case SHARED -> mend(view);
        }
    }

    @Override
    public void symlink(LinkTarget target) throws IOException {
        OpenDirectory parent = current();
        Path made = parent.createSymlink(name, target);
        created = true;
        parent.checkPlace(name, made);
        parent.setSymlinkTimes(name, TIME);
        endNode();
    }

    /** Another process may have linked its file before it had its mode and time. */
    private void mend(PosixFileAttributeView view) throws IOException {
        PosixFileAttributes shared = view.readAttributes();
        Set<PosixFilePermission> permissions = executable ? EXECUTABLE : PLAIN;
        if (!shared.permissions().equals(permissions) || !shared.lastModifiedTime().equals(TIME)) {
            finish(view, permissions);
        }
    }

    private static void finish(PosixFileAttributeView view, Set<PosixFilePermission> permissions) throws IOException {
        view.setTimes(TIME, TIME, null);
        view.setPermissions(permissions);
    }

    private OpenDirectory current() {
        OpenDirectory current = directories.peek();
        if (current == null || complete) {
            throw new IllegalStateException("nothing more is restored here");
        }
        return current;
    }

    private void endNode() {
        complete = directories.size() == 1;
    }

    /**
     * Deletes what was restored, complete or not, and what was entered in {@code .links} of it, and lets go of
     * everything. What was at the destination before is not touched. After {@link #close}, and a second time, it does
     * nothing.
     */
    public void abort() throws IOException {
        complete = false;
        close();
    }

    /** Lets go of everything; a tree that is not complete is deleted as by {@link #abort}. */
    @Override
    public void close() throws IOException {
        OpenDirectory base = directories.pollLast();
        if (base == null) {
            return;
        }
        List<Closeable> steps = new ArrayList<>();
        if (file != null) {
            steps.add(file);
        }
        steps.addAll(directories);
        directories.clear();
        if (!complete) {
            entered.forEach(entry -> steps.add(() -> withdraw(entry)));
            if (created) {
                steps.add(() -> deleteFrom(base));
            }
        }
        steps.add(base);
        closeAll(steps);
    }

    private void deleteFrom(OpenDirectory base) throws IOException {
        // It is not there when it was made elsewhere, as its directory was moved away in that moment.
        if (base.contains(rootName)) {
            base.deleteTree(rootName);
        }
    }

    private void withdraw(Entered entry) throws IOException {
        if (deduplicator != null) {
            deduplicator.withdraw(entry.hash(), entry.key());
        }
    }

    /** Takes every step, whichever of them fail, and throws the first failure. */
    static void closeAll(List<? extends Closeable> steps) throws IOException {
        IOException failure = null;
        for (Closeable step : steps) {
            try {
                step.close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
