// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.guixp2p.harness.process.Child;
import org.guixp2p.protocol.swarm.HostAndPort;

/** A BitTorrent client, set up to be as fast as it can. */
sealed interface TorrentClient permits Aria2, Libtorrent {
    String name();

    /** What is not installed that it needs; nothing when it can run. */
    Optional<String> missing();

    /** Starts one that seeds the file in {@code directory}, and returns when it does. */
    Child seed(Course course, Path directory, Path torrent, int port) throws IOException, InterruptedException;

    /**
     * Fetches into {@code directory}.
     *
     * @param torrent names the tracker, which names the peers
     * @return seconds
     */
    double fetch(Course course, Path directory, Path torrent, int port, List<HostAndPort> peers)
            throws IOException, InterruptedException;
}
