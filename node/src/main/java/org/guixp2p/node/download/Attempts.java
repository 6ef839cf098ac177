// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.nar.NarStore;
import org.guixp2p.persistence.nar.PartialNar;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@link Attempt}s of one download, one after another. Part of the {@link Download} actor. */
final class Attempts {
    private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);

    private final NarRequest request;
    private final NarStore store;
    /** Of attempts given up: readers may still be at them. */
    private final List<PartialNar> givenUp = new ArrayList<>();
    private Attempt current;

    /** @throws IOException when the disk has no room for the NAR, or does not even take an empty file */
    Attempts(NarRequest request, NarStore store) throws IOException {
        this.request = request;
        this.store = store;
        PartialNar file = store.begin(request.hash(), request.size());
        // What is marked from the beginning was an earlier download's.
        this.current = attempt(0, file, file.isResumable() ? file : null);
    }

    private Attempt attempt(int number, PartialNar file, @Nullable PartialNar earlier) {
        return new Attempt(number, request.hash(), request.size(), file, earlier);
    }

    Attempt current() {
        return current;
    }

    /** Gives the current attempt up, and begins the next, which may have those of its blocks that prove right. */
    Attempt renew() throws IOException {
        PartialNar old = current.file();
        old.delete();
        givenUp.add(old);
        current = attempt(current.number() + 1, store.create(request.hash(), request.size()), old);
        return current;
    }

    /** Nothing more is written: others need not wait for the room until the last reader is gone. */
    void over() {
        current.file().complete();
    }

    /**
     * Nobody reads any more. From any thread.
     *
     * @param whole whether the NAR came
     * @param ownFault whether it did not because of this machine: on a disk that is full or broken, what is left would be
     *        in the way
     */
    void end(boolean whole, boolean ownFault) {
        try {
            if (whole) {
                clear();
                store.forgetLeftover(request.hash());
            } else if (ownFault) {
                clear();
            } else {
                leave();
            }
        } catch (IOException e) {
            LOG.warn("{}: {}", request.path(), IoWords.of(e, Path.of("partial")));
        }
    }

    /** The NAR is not whole: what can be gone on with is left on the disk, and nothing else. */
    private void leave() throws IOException {
        if (!current.isWorthLeaving()) {
            clear();
            return;
        }
        try {
            store.leave(request.hash(), current.file());
        } finally {
            for (PartialNar file : givenUp) {
                file.close();
            }
        }
    }

    /** Leaves nothing on the disk; a NAR that was kept has another name by then. */
    private void clear() throws IOException {
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
