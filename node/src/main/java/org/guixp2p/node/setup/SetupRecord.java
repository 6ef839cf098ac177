// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.AtomicFiles;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;

/**
 * What setting up made on this machine, and nothing else is ever removed. A file has the digests of every content that was
 * written to it, so that a run that was cut short can still be taken back.
 *
 * @param files made or about to be made, in this order
 * @param caches files and trees that can be had again, and that the program makes by itself in a directory made for it
 * @param directories made, parents first
 * @param state of {@code directories}, the one of the node's key and NARs, which cannot be had again
 * @param user the account that was made
 */
record SetupRecord(Map<Path, Set<Sha256>> files, Set<Path> caches, Set<Path> directories, Optional<Path> state,
        Optional<String> user) {
    static final Path FILE = Path.of("/etc/guix-p2p/setup.record");

    private static final String TITLE = "# What 'guix-p2p setup' made; 'guix-p2p setup --undo' removes it.";
    private static final long MAX_BYTES = 1 << 20;

    static SetupRecord empty() {
        return new SetupRecord(new LinkedHashMap<>(), new LinkedHashSet<>(), new LinkedHashSet<>(), Optional.empty(),
                Optional.empty());
    }

    SetupRecord withUser(String name) {
        return new SetupRecord(files, caches, directories, state, Optional.of(name));
    }

    SetupRecord withState(Path directory) {
        return new SetupRecord(files, caches, directories, Optional.of(directory), user);
    }

    boolean wrote(Path path, Sha256 content) {
        return files.getOrDefault(path, Set.of()).contains(content);
    }

    /**
     * Reads the record of the system in {@code root}; empty when there is none.
     *
     * @throws SetupException when it cannot be read or is not one
     */
    static Optional<SetupRecord> read(SystemRoot root) throws SetupException {
        Path file = root.at(FILE);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MAX_BYTES) {
                throw new SetupException(file + ": not a record of 'guix-p2p setup'");
            }
            return Optional.of(parse(Files.readString(file)));
        } catch (FormatException e) {
            throw new SetupException(file + ": not a record of 'guix-p2p setup': " + e.getMessage(), e);
        } catch (IOException e) {
            throw new SetupException("cannot read " + IoWords.of(e, file), e);
        }
    }

    static SetupRecord parse(String text) throws FormatException {
        SetupRecord record = empty();
        for (String line : text.lines().toList()) {
            String[] words = line.split(" ", 2);
            if (line.startsWith("#")) {
                continue;
            }
            if (words.length != 2) {
                throw new FormatException("two words expected, found " + FormatException.quote(line));
            }
            switch (words[0]) {
                case "file" -> {
                    String[] parts = words[1].split(" ", 2);
                    Path path = path(parts.length == 2 ? parts[1] : "");
                    record.files.computeIfAbsent(path, _ -> new LinkedHashSet<>()).add(Sha256.parse(parts[0]));
                }
                case "cache" -> record.caches.add(path(words[1]));
                case "directory" -> record.directories.add(path(words[1]));
                case "state" -> record = record.withState(path(words[1]));
                case "user" -> record = record.withUser(words[1]);
                default -> throw new FormatException("unknown word " + FormatException.quote(words[0]));
            }
        }
        return record;
    }

    private static Path path(String text) throws FormatException {
        if (!text.startsWith("/") || text.indexOf('\0') >= 0 || !Path.of(text).normalize().toString().equals(text)) {
            throw new FormatException("an absolute path expected, found " + FormatException.quote(text));
        }
        return Path.of(text);
    }

    String render() {
        List<String> lines = new ArrayList<>(List.of(TITLE));
        user.ifPresent(name -> lines.add("user " + name));
        state.ifPresent(path -> lines.add("state " + path));
        directories.forEach(path -> lines.add("directory " + path));
        files.forEach((path, digests) -> digests.forEach(digest -> lines.add("file " + digest.hex() + " " + path)));
        caches.forEach(path -> lines.add("cache " + path));
        return String.join("\n", lines) + "\n";
    }

    void write(SystemRoot root) throws IOException {
        AtomicFiles.replace(root.at(FILE), render().getBytes(StandardCharsets.UTF_8),
                PosixFilePermissions.fromString("rw-r--r--"));
    }
}
