// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.NarFraming;

/**
 * The files of a tree in the order of its NAR, without their contents, and where in the NAR each begins.
 *
 * <p>A node's part of the NAR is: the ends of the directories that ended before it, the name under which it stands, the
 * beginning of itself, and, unless it is a directory, its contents and its end. All of that but the contents follows
 * from the columns below, so it is spelt again when it is read: a node costs some 43 bytes, its name and its target. The
 * last node is followed by the ends of the directories that are still open.
 */
final class TreeTable {
    private static final TreeFile.Kind[] KINDS = TreeFile.Kind.values();

    private final Path root;
    private int count;
    private long[] offsets = new long[16];
    private long[] sizes = new long[16];
    private long[] identities = new long[16];
    private long[] changes = new long[16];
    private int[] parents = new int[16];
    private short[] depths = new short[16];
    private byte[] kinds = new byte[16];
    /** Where in {@link #texts} a node's name begins, and a symlink's target after it. */
    private int[] textStarts = new int[16];
    private byte[] texts = new byte[256];
    private int textLength;

    private TreeTable(Path root) {
        this.root = root;
    }

    /** Walks the tree once, without reading a file. */
    static TreeTable of(Path root) throws IOException {
        TreeTable table = new TreeTable(root);
        NarFraming framing = new NarFraming();
        table.add(TreeEntry.root(root), new byte[0], 0, 0, framing);
        table.trim();
        framing.clear();
        table.end(framing);
        if (table.offsets[table.count] + framing.length() > NarSize.MAX_BYTES) {
            throw TreeSerializer.tooLarge(root);
        }
        return table;
    }

    private void add(TreeEntry entry, byte[] name, int parent, int depth, NarFraming framing) throws IOException {
        TreeFile file = entry.lookClosely();
        int node = append(file, name, parent, depth);
        switch (file.kind()) {
            case DIRECTORY -> {
                TreeSerializer.checkDepth(entry.path(), depth);
                measure(node, framing);
                try (OpenDirectory directory = entry.openDirectory(file)) {
                    for (EntryName next : directory.entries()) {
                        add(TreeEntry.in(directory, next), next.utf8(), node, depth + 1, framing);
                    }
                }
            }
            case REGULAR, EXECUTABLE -> measure(node, framing);
            case SYMLINK -> {
                byte[] target = entry.target(file).utf8();
                if (target.length != file.size()) {
                    throw new TreeChangedException("changed while it was read: " + FileNames.shown(entry.path()));
                }
                appendText(target);
                measure(node, framing);
            }
        }
    }

    private int append(TreeFile file, byte[] name, int parent, int depth) throws UnsupportedTreeException {
        if (count + 1 == sizes.length) {
            resize(2 * sizes.length);
        }
        int node = count;
        sizes[node] = file.size();
        identities[node] = file.identity();
        changes[node] = file.changed();
        parents[node] = parent;
        depths[node] = (short) depth;
        kinds[node] = code(file.kind());
        textStarts[node] = textLength;
        appendText(name);
        count++;
        return node;
    }

    private void appendText(byte[] text) throws UnsupportedTreeException {
        if (texts.length - textLength < text.length) {
            long wanted = Math.max(2L * texts.length, (long) textLength + text.length);
            if (textLength > Integer.MAX_VALUE - 16 - text.length) {
                throw new UnsupportedTreeException("more than 2 GiB of file names: " + FileNames.shown(root));
            }
            texts = Arrays.copyOf(texts, (int) Math.min(wanted, Integer.MAX_VALUE - 16));
        }
        System.arraycopy(text, 0, texts, textLength, text.length);
        textLength += text.length;
    }

    /** Notes where the node after {@code node} begins. */
    private void measure(int node, NarFraming framing) throws UnsupportedTreeException {
        textStarts[node + 1] = textLength;
        framing.clear();
        head(node, framing);
        long length = framing.length();
        framing.clear();
        tail(node, framing);
        offsets[node + 1] = offsets[node] + length + contentsSize(node) + framing.length();
        // Neither term is larger than that, so their sum is a number yet.
        if (offsets[node + 1] > NarSize.MAX_BYTES) {
            throw TreeSerializer.tooLarge(root);
        }
    }

    private void trim() {
        resize(count + 1);
        texts = Arrays.copyOf(texts, textLength);
    }

    private void resize(int length) {
        offsets = Arrays.copyOf(offsets, length);
        sizes = Arrays.copyOf(sizes, length);
        identities = Arrays.copyOf(identities, length);
        changes = Arrays.copyOf(changes, length);
        parents = Arrays.copyOf(parents, length);
        depths = Arrays.copyOf(depths, length);
        kinds = Arrays.copyOf(kinds, length);
        textStarts = Arrays.copyOf(textStarts, length);
    }

    int count() {
        return count;
    }

    /** Where {@code node}'s part begins; for {@link #count}, where the last ends begin. */
    long offset(int node) {
        return offsets[node];
    }

    /** The node, or {@link #count}, to whose part the byte at {@code offset} belongs. */
    int nodeAt(long offset) {
        int found = Arrays.binarySearch(offsets, 0, count + 1, offset);
        return found >= 0 ? found : -found - 2;
    }

    /** Whether {@code now} is what {@code node} was. */
    boolean isStill(int node, TreeFile now) {
        return now.isStill(kind(node), sizes[node], identities[node], changes[node]);
    }

    TreeFile.Kind kind(int node) {
        return KINDS[kinds[node]];
    }

    private static byte code(TreeFile.Kind kind) {
        return (byte) Arrays.asList(KINDS).indexOf(kind);
    }

    /** The bytes of {@code node}'s contents; 0 for what is no regular file. */
    long contentsSize(int node) {
        return kind(node).isRegular() ? sizes[node] : 0;
    }

    int parent(int node) {
        return parents[node];
    }

    Path path(int node) {
        return node == 0 ? root : path(parents[node]).resolve(name(node));
    }

    /** The name of {@code node} in its directory. */
    String name(int node) {
        return new String(texts, textStarts[node], nameLength(node), StandardCharsets.UTF_8);
    }

    private int nameLength(int node) {
        int length = textStarts[node + 1] - textStarts[node];
        return kind(node) == TreeFile.Kind.SYMLINK ? length - (int) sizes[node] : length;
    }

    /** Appends what stands in {@code node}'s part before its contents. */
    void head(int node, NarFraming framing) {
        if (node == 0) {
            framing.magic();
        } else {
            for (int open = openDepth(node - 1); open > depths[node]; open--) {
                framing.endDirectory();
                framing.endEntry();
            }
            framing.startEntry(texts, textStarts[node], nameLength(node));
        }
        switch (kind(node)) {
            case DIRECTORY -> framing.startDirectory();
            case REGULAR -> framing.startFile(false, sizes[node]);
            case EXECUTABLE -> framing.startFile(true, sizes[node]);
            case SYMLINK -> framing.symlink(texts, textStarts[node] + nameLength(node), (int) sizes[node]);
        }
    }

    /** Appends what stands in {@code node}'s part after its contents. */
    void tail(int node, NarFraming framing) {
        TreeFile.Kind kind = kind(node);
        if (kind.isRegular()) {
            framing.endFile(sizes[node]);
        }
        if (kind != TreeFile.Kind.DIRECTORY && node > 0) {
            framing.endEntry();
        }
    }

    /** Appends what follows the last node. */
    void end(NarFraming framing) {
        for (int open = openDepth(count - 1); open > 0; open--) {
            framing.endDirectory();
            if (open > 1) {
                framing.endEntry();
            }
        }
    }

    /** How many directories are open after {@code node}'s part. */
    private int openDepth(int node) {
        return depths[node] + (kind(node) == TreeFile.Kind.DIRECTORY ? 1 : 0);
    }

    /** The heap that this table takes, in bytes. */
    long memory() {
        return sizes.length * 43L + texts.length;
    }
}
