// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.ThreadLocalRandom;
import org.guixp2p.protocol.hash.Sha256;

/**
 * Lets equal files of a store share their bytes, through hard links in its {@code .links} directory (Guix: {@code
 * guix/store/deduplication.scm}, {@code nix/libstore/optimise-store.cc}).
 *
 * <p>An entry of {@code .links} is named by the SHA-256, in nix-base32, of a file's NAR, which tells an executable file
 * from another with the same contents. Where there is a {@code .links} directory and linking fails all the same, above
 * all since the directory is full or the file has all the links it can have, nothing is shared, and that is all. (Guix
 * lets pass ENOSPC and EMLINK; the JDK keeps the number of an error to itself, and tells the C library's text, which is
 * in the user's language.) Thread-safe, and safe beside other processes that do the same.
 */
public final class Deduplicator {
    /** Smaller files are not worth an entry, in bytes ({@code %deduplication-minimum-size}). */
    public static final long MINIMUM_SIZE = 8192;

    /** Others may come in between; that often, something else is wrong. */
    private static final int MAX_ATTEMPTS = 100;

    private final Path links;

    /** What became of a file. */
    enum Outcome {
        /** It is as it was; nothing was linked. */
        ALONE,
        /** It is as it was, and there is a new entry for it. */
        ENTERED,
        /** It is another file than before, whose bytes it shares. */
        SHARED
    }

    /** Links through {@code links}, {@code /gnu/store/.links} for a store; it is made when it is first needed. */
    public Deduplicator(Path links) {
        this.links = links;
    }

    /**
     * Makes {@code file}, a regular one of at least {@link #MINIMUM_SIZE} bytes with its final mode and time, one with
     * the entry for {@code hash}, or that entry.
     *
     * @param hash of the file's single-file NAR
     * @throws IOException when what should be the directory of links is something else
     */
    Outcome share(Path file, Sha256 hash) throws IOException {
        Path entry = entry(hash);
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            try {
                if (link(file, entry)) {
                    return Outcome.ENTERED;
                }
                if (!fits(entry, file)) {
                    return Outcome.ALONE;
                }
                replace(file, entry);
                return Outcome.SHARED;
            } catch (NoSuchFileException e) {
                // There is no .links yet, or the entry was collected as unused just now.
                if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                    throw e;
                }
                if (!makeLinks()) {
                    return Outcome.ALONE;
                }
            } catch (FileSystemException e) {
                if (!Files.isDirectory(links)) {
                    throw e;
                }
                return Outcome.ALONE;
            }
        }
        throw new IOException("cannot link " + FileNames.shown(file) + " to " + FileNames.shown(entry)
                + ": it comes and goes");
    }

    private Path entry(Sha256 hash) {
        return links.resolve(hash.base32());
    }

    /** Makes the directory of links; false where there is no room for it. */
    private boolean makeLinks() throws IOException {
        try {
            Files.createDirectories(links);
            return true;
        } catch (FileSystemException e) {
            if (Files.exists(links, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(links)) {
                throw e;
            }
            return false;
        }
    }

    /**
     * Takes back the entry for {@code hash}, unless it is another file by now. Who has linked to it meanwhile keeps
     * what it has.
     *
     * @param key of the file that was entered
     */
    void withdraw(Sha256 hash, Object key) throws IOException {
        Path entry = entry(hash);
        try {
            if (key.equals(Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey())) {
                Files.deleteIfExists(entry);
            }
        } catch (NoSuchFileException e) {
            // Somebody was faster.
        }
    }

    /** Makes {@code link} another name of {@code file}; false when it exists. */
    private static boolean link(Path file, Path link) throws IOException {
        try {
            Files.createLink(link, file);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    /** An entry that is damaged is left to {@code guix gc --verify}; nothing is linked to it. */
    private static boolean fits(Path entry, Path file) throws IOException {
        BasicFileAttributes there = Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return there.isRegularFile() && there.size() == Files.size(file);
    }

    /** Puts {@code entry} in the place of {@code file}, at once, so that there always is one of them. */
    private void replace(Path file, Path entry) throws IOException {
        Path temporary = temporaryLink(entry);
        try {
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    private Path temporaryLink(Path entry) throws IOException {
        String prefix = ".tmp-link-" + ProcessHandle.current().pid() + "-";
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Path temporary = links.resolve(prefix + Long.toHexString(ThreadLocalRandom.current().nextLong()));
            if (link(entry, temporary)) {
                return temporary;
            }
        }
        throw new IOException("cannot find an unused name in " + links);
    }
}
