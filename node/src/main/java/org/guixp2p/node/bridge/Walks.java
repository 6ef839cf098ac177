// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.bridge;

import java.util.List;
import org.guixp2p.protocol.bridge.FromRestorer.Daemon;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.NixOptions;

/**
 * Hears what each daemon process asks, so that it can be known what it will ask for next. From any thread; answers at once.
 * Restorers that do not say whose they are have nothing to do with it.
 */
public interface Walks {
    /** Hears nothing. */
    Walks UNHEARD = new Walks() {
        @Override
        public void came(Daemon daemon) {}

        @Override
        public void went(Daemon daemon) {}

        @Override
        public void told(Daemon daemon, List<Substitutes.Available> items, boolean alone, NixOptions options) {}

        @Override
        public void wants(Daemon daemon, StorePath path) {}

        @Override
        public void taken(StorePath path, NixOptions options) {}
    };

    /** A restorer of the daemon's has said hello. */
    void came(Daemon daemon);

    /** It has gone. */
    void went(Daemon daemon);

    /**
     * These stand in an answer to {@code info}.
     *
     * @param alone whether the daemon had asked about one path only, as it does when it is going to substitute it
     */
    void told(Daemon daemon, List<Substitutes.Available> items, boolean alone, NixOptions options);

    /** The daemon has begun to substitute an item. */
    void wants(Daemon daemon, StorePath path);

    /** An item that somebody wants is being read, or cannot be. */
    void taken(StorePath path, NixOptions options);
}
