// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;
import org.guixp2p.protocol.nar.NarVisitor;

/**
 * A tree in memory, as a test wants it: on disk, as events, or as the bytes of its NAR, which are spelt out here a second
 * time and by other means than the code under test.
 */
public sealed interface TreeNode {
    /** Entries in the order of their names' UTF-8 bytes. */
    record Directory(SortedMap<EntryName, TreeNode> entries) implements TreeNode {
        public static Directory of(Map<String, ? extends TreeNode> entries) {
            SortedMap<EntryName, TreeNode> sorted = new TreeMap<>();
            entries.forEach((name, node) -> sorted.put(new EntryName(name), node));
            return new Directory(sorted);
        }
    }

    final class RegularFile implements TreeNode {
        private final boolean executable;
        private final byte[] contents;

        public RegularFile(boolean executable, byte[] contents) {
            this.executable = executable;
            this.contents = contents;
        }

        public RegularFile(String contents) {
            this(false, contents.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return "RegularFile[" + executable + ", " + HexFormat.of().formatHex(contents) + "]";
        }
    }

    record Symlink(LinkTarget target) implements TreeNode {
        public Symlink(String target) {
            this(new LinkTarget(target));
        }
    }

    /** Tells {@code visitor} this tree. */
    default void tell(NarVisitor visitor) throws IOException {
        switch (this) {
            case Directory directory -> {
                visitor.startDirectory();
                for (Map.Entry<EntryName, TreeNode> entry : directory.entries.entrySet()) {
                    visitor.entry(entry.getKey());
                    entry.getValue().tell(visitor);
                }
                visitor.endDirectory();
            }
            case RegularFile file -> {
                visitor.startFile(file.executable, file.contents.length);
                if (file.contents.length > 0) {
                    visitor.contents(file.contents, 0, file.contents.length);
                }
                visitor.endFile();
            }
            case Symlink symlink -> visitor.symlink(symlink.target);
        }
    }

    /** The NAR of this tree. */
    default byte[] nar() {
        NarBytes nar = new NarBytes().add("nix-archive-1");
        addTo(nar);
        return nar.toByteArray();
    }

    private void addTo(NarBytes nar) {
        switch (this) {
            case Directory directory -> {
                nar.add("(", "type", "directory");
                directory.entries.forEach((name, node) -> {
                    nar.add("entry", "(", "name", name.text(), "node");
                    node.addTo(nar);
                    nar.add(")");
                });
                nar.add(")");
            }
            case RegularFile file -> {
                nar.add("(", "type", "regular");
                if (file.executable) {
                    nar.add("executable", "");
                }
                nar.add("contents").add(file.contents).add(")");
            }
            case Symlink symlink -> nar.add("(", "type", "symlink", "target", symlink.target.text(), ")");
        }
    }

    /** Makes this tree on disk, with ordinary modes and times; {@code path} must not exist. */
    default void create(Path path) {
        try {
            switch (this) {
                case Directory directory -> {
                    Files.createDirectory(path);
                    directory.entries.forEach((name, node) -> node.create(path.resolve(name.text())));
                }
                case RegularFile file -> {
                    Files.write(path, file.contents);
                    Files.setPosixFilePermissions(path,
                            PosixFilePermissions.fromString(file.executable ? "rwxr-xr-x" : "rw-r--r--"));
                }
                case Symlink symlink -> Files.createSymbolicLink(path, Path.of(symlink.target.text()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Spells NARs by hand, wrong ones too. */
    final class NarBytes {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        public NarBytes add(String... strings) {
            for (String string : strings) {
                add(string.getBytes(StandardCharsets.UTF_8));
            }
            return this;
        }

        public NarBytes add(byte[] string) {
            number(string.length);
            bytes.writeBytes(string);
            bytes.writeBytes(new byte[(8 - string.length % 8) % 8]);
            return this;
        }

        /** A bare 64-bit length. */
        public NarBytes number(long number) {
            for (int shift = 0; shift < 64; shift += 8) {
                bytes.write((int) (number >>> shift));
            }
            return this;
        }

        /** Bytes as they are, without length and padding. */
        public NarBytes raw(byte[] raw) {
            bytes.writeBytes(raw);
            return this;
        }

        public byte[] toByteArray() {
            return bytes.toByteArray();
        }
    }
}
