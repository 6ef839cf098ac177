// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.store;

import java.io.IOException;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;
import org.guixp2p.protocol.nar.NarVisitor;

/** Passes a tree on, and does something behind everyone's back each time a file begins. */
record Meddler(NarVisitor visitor, Deed deed) implements NarVisitor {
    interface Deed {
        Object run() throws IOException;
    }

    @Override
    public void startDirectory() throws IOException {
        visitor.startDirectory();
    }

    @Override
    public void entry(EntryName name) throws IOException {
        visitor.entry(name);
    }

    @Override
    public void endDirectory() throws IOException {
        visitor.endDirectory();
    }

    @Override
    public void startFile(boolean executable, long size) throws IOException {
        visitor.startFile(executable, size);
        deed.run();
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) throws IOException {
        visitor.contents(buffer, offset, length);
    }

    @Override
    public void endFile() throws IOException {
        visitor.endFile();
    }

    @Override
    public void symlink(LinkTarget target) throws IOException {
        visitor.symlink(target);
    }
}
