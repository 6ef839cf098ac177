// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;

/** The {@link Attempt}s of one download, one after another. Part of the {@link Download} actor. */
final class Attempts {
    private final NarRequest request;
    private final NarStore store;
    /** Of attempts given up: readers may still be at them. */
    private final List<PartialNar> givenUp = new ArrayList<>();
    private Attempt current;

    /** @throws IOException when the disk does not even take an empty file */
    Attempts(NarRequest request, NarStore store) throws IOException {
        this.request = request;
        this.store = store;
        this.current = attempt(0);
    }

    private Attempt attempt(int number) throws IOException {
        return new Attempt(number, request.hash(), request.size(), store);
    }

    Attempt current() {
        return current;
    }

    /** Gives the current attempt up, and begins the next. */
    Attempt renew() throws IOException {
        current.file().delete();
        givenUp.add(current.file());
        current = attempt(current.number() + 1);
        return current;
    }

    /** Leaves nothing on the disk; a NAR that was kept has another name by then. */
    void clear() throws IOException {
        givenUp.add(current.file());
        try {
            current.file().delete();
        } finally {
            for (PartialNar file : givenUp) {
                file.close();
            }
        }
    }
}
