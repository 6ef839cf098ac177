// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.setup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;

/** One thing that setting up does. Paths are those of the system that is set up. */
sealed interface Step {
    /** Makes a directory, and those above it for everybody to read; one that is there stays as it is. */
    record MakeDirectory(Path path, Set<PosixFilePermission> permissions, String owner) implements Step {}

    /** Writes a file that belongs to root. */
    record WriteFile(Path path, Set<PosixFilePermission> permissions, Content content) implements Step {}

    /** Runs a command; only where the system that is set up is the one that runs. */
    record Run(List<String> command) implements Step {
        public Run {
            command = List.copyOf(command);
        }
    }

    /** Runs a command whose failure costs no more than some time later. */
    record Attempt(List<String> command) implements Step {
        public Attempt {
            command = List.copyOf(command);
        }
    }

    /**
     * Removes what an earlier version wrote, nobody has changed, and this one does not have: all jars in one directory are
     * one class path. Caches go too; they are made anew.
     */
    record RemoveOld() implements Step {}

    /** What a file is to hold. */
    sealed interface Content {
        /** Everything. */
        byte[] read() throws IOException;

        /** Lines that were put together for this machine. */
        record Text(String text) implements Content {
            @Override
            public byte[] read() {
                return text.getBytes(StandardCharsets.UTF_8);
            }
        }

        /** What another file holds. */
        record CopyOf(Path source) implements Content {
            @Override
            public byte[] read() throws IOException {
                return Files.readAllBytes(source);
            }
        }
    }
}
