// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.guixp2p.persistence.nar.KeptNar;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;

/** Where the NAR of an offered item is read. Everything blocks. */
interface NarOrigin {
    /** The {@link #name} of what is the store's own. */
    String REGISTERED = "registered";

    /** Opens it. */
    NarContent content() throws IOException;

    /** What its blocks must hash to. */
    Manifest manifest() throws IOException;

    /**
     * What an open one takes of the heap, in bytes; nothing when that is seen only when it is open.
     *
     * @param size of the NAR
     */
    OptionalLong memory(NarSize size);

    /** The file whose bytes are those of the NAR, if it lies here as one. */
    default Optional<Path> file() {
        return Optional.empty();
    }

    /** It is not what was hashed: a later start must not offer it as if it were. */
    void disown() throws IOException;

    /** The signed narinfo that is kept with it, if one is. */
    default Optional<byte[]> narinfo() throws IOException {
        return Optional.empty();
    }

    /** In one word, for people. */
    String name();

    /** A NAR kept after a download; when it is damaged, it is deleted. */
    record Kept(KeptNar nar) implements NarOrigin {
        @Override
        public NarContent content() throws IOException {
            return NarContent.ofFile(nar.file());
        }

        @Override
        public Manifest manifest() throws IOException {
            return nar.manifest();
        }

        @Override
        public Optional<byte[]> narinfo() throws IOException {
            return Optional.of(nar.narinfo());
        }

        @Override
        public OptionalLong memory(NarSize size) {
            return OptionalLong.of(NarContent.OPEN_FILE + Seed.manifestMemory(size));
        }

        @Override
        public Optional<Path> file() {
            return Optional.of(nar.file());
        }

        @Override
        public void disown() throws IOException {
            nar.delete();
        }

        @Override
        public String name() {
            return "kept";
        }
    }

    /** An item of the store that nobody named. */
    record Registered(RegisteredTree tree) implements NarOrigin {
        @Override
        public NarContent content() throws IOException {
            return NarContent.ofTree(tree.path());
        }

        @Override
        public Manifest manifest() throws IOException {
            return tree.manifest();
        }

        @Override
        public OptionalLong memory(NarSize size) {
            return OptionalLong.empty();
        }

        @Override
        public void disown() {
            tree.lost();
        }

        @Override
        public String name() {
            return REGISTERED;
        }
    }

    /** An item that the user named; when it has changed, the next start hashes it again. */
    record InStore(StoreItems items, StorePath path) implements NarOrigin {
        @Override
        public NarContent content() throws IOException {
            return NarContent.ofTree(items.locate(path));
        }

        @Override
        public Manifest manifest() throws IOException {
            return items.manifest(path);
        }

        @Override
        public OptionalLong memory(NarSize size) {
            return OptionalLong.empty();
        }

        @Override
        public void disown() throws IOException {
            items.disown(path);
        }

        @Override
        public String name() {
            return "store";
        }
    }
}
