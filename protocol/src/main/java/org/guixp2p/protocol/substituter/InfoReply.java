// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.FileSize;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.VerifiedNarinfo;

/**
 * The answer to {@code info}.
 *
 * @param items those that can be substituted, each once, in any order
 */
public record InfoReply(List<Item> items) {
    public InfoReply {
        items = List.copyOf(items);
        if (new HashSet<>(items.stream().map(Item::path).toList()).size() < items.size()) {
            throw new IllegalArgumentException("a path stands there twice");
        }
    }

    /**
     * What the daemon and its clients are told about one item.
     *
     * @param downloadSize to show, when it is known
     * @param narSize to show, when it is known
     */
    public record Item(StorePath path, Optional<StorePath> deriver, List<StorePath> references,
            Optional<FileSize> downloadSize, Optional<NarSize> narSize) {
        public Item {
            references = List.copyOf(references);
            if (references.size() > Narinfo.MAX_REFERENCES) {
                throw new IllegalArgumentException("more than " + Narinfo.MAX_REFERENCES + " references");
            }
        }

        /** What is signed of {@code narinfo} and, just to be shown, the size of the smallest file that holds its NAR. */
        public static Item of(VerifiedNarinfo narinfo) {
            Optional<FileSize> smallest = narinfo.narinfo().sources().stream()
                    .flatMap(source -> source.fileSize().stream())
                    .min(Comparator.comparingLong(FileSize::bytes));
            return new Item(narinfo.path(), narinfo.signedDeriver(), narinfo.references(), smallest,
                    narinfo.signedNarSize());
        }

        /** Its lines in a reply, all ASCII. */
        public String text() {
            StringBuilder text = new StringBuilder();
            write(text);
            return text.toString();
        }

        private void write(StringBuilder text) {
            text.append(path).append('\n');
            deriver.ifPresent(text::append);
            text.append('\n').append(references.size()).append('\n');
            references.forEach(reference -> text.append(reference).append('\n'));
            text.append(downloadSize.map(FileSize::bytes).orElse(0L)).append('\n');
            text.append(narSize.map(NarSize::bytes).orElse(0L)).append('\n');
        }
    }

    /** The bytes for file descriptor 4, all ASCII; an unknown deriver is an empty line, an unknown size is 0. */
    public String text() {
        StringBuilder text = new StringBuilder();
        items.forEach(item -> item.write(text));
        return text.append('\n').toString();
    }
}
