// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The data that a real Guix made (see {@code fixtures/README.md}), read from this module's test classes or from its
 * test-jar. Names are relative to the fixtures, such as {@code narinfo/zr28kp8qv9bhswxwpljqk3g8yxzj411h.narinfo}.
 */
public final class Fixtures {
    private static final String ROOT = "/fixtures/";

    private Fixtures() {}

    /** The bytes of one file. */
    public static byte[] bytes(String name) {
        try (InputStream in = open(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One file, read as UTF-8. */
    public static String text(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    /** A stream of one file; whoever opens it closes it. */
    public static InputStream open(String name) throws IOException {
        InputStream in = Fixtures.class.getResourceAsStream(ROOT + name);
        if (in == null) {
            throw new FileNotFoundException("no fixture " + name);
        }
        return in;
    }

    /** The names of the files in {@code directory}, such as {@code "nar"}, sorted, each with the directory before it. */
    public static List<String> list(String directory) {
        try {
            URL url = Fixtures.class.getResource(ROOT + directory);
            if (url == null) {
                throw new FileNotFoundException("no fixtures in " + directory);
            }
            URI uri = url.toURI();
            if (!uri.getScheme().equals("jar")) {
                return names(Path.of(uri), directory);
            }
            // By path: a file system named by its URI can be open only once in a JVM, and tests ask at the same time.
            Path file = Path.of(((JarURLConnection) url.openConnection()).getJarFileURL().toURI());
            try (FileSystem jar = FileSystems.newFileSystem(file)) {
                return names(jar.getPath(ROOT + directory), directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> names(Path path, String directory) throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.map(entry -> directory + "/" + entry.getFileName()).sorted().toList();
        }
    }

    /** Copies one file into {@code directory}, writable, under its own last name; returns the copy. */
    public static Path copy(String name, Path directory) {
        Path copy = directory.resolve(name.substring(name.lastIndexOf('/') + 1));
        try (InputStream in = open(name)) {
            Files.copy(in, copy);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return copy;
    }

    /** Copies the store database, with what SQLite keeps beside it, into {@code directory}; returns the database. */
    public static Path copyDatabase(Path directory) {
        copy("db.sqlite-wal", directory);
        copy("db.sqlite-shm", directory);
        return copy("db.sqlite", directory);
    }

    /**
     * Unpacks the store tree into {@code directory}, an existing one, with modes, symlinks, hard links and times as a
     * real store has them.
     *
     * @return the items, sorted by name
     */
    public static List<Path> unpackStore(Path directory) {
        try (InputStream in = new BufferedInputStream(new ZstdInputStream(open("store.tar.zst")))) {
            TarUnpacker.unpack(in, directory);
            try (Stream<Path> items = Files.list(directory)) {
                return items.sorted().toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
