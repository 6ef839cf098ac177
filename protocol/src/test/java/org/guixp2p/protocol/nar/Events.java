// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.nar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes down what it is told, a line an event; the pieces of a file's contents are put together again. */
class Events implements NarVisitor {
    private final List<String> lines = new ArrayList<>();
    private final ByteArrayOutputStream contents = new ByteArrayOutputStream();

    List<String> lines() {
        return lines;
    }

    @Override
    public void startDirectory() {
        lines.add("directory");
    }

    @Override
    public void entry(EntryName name) {
        lines.add("entry " + name);
    }

    @Override
    public void endDirectory() {
        lines.add("end of directory");
    }

    @Override
    public void startFile(boolean executable, long size) {
        lines.add((executable ? "executable of " : "file of ") + size);
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {
        if (length == 0) {
            throw new AssertionError("empty piece of contents");
        }
        contents.write(buffer, offset, length);
    }

    @Override
    public void endFile() {
        lines.add("contents " + contents.toString(StandardCharsets.ISO_8859_1));
        contents.reset();
    }

    @Override
    public void symlink(LinkTarget target) {
        lines.add("symlink to " + target);
    }
}
