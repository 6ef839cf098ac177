// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

/**
 * What of the lists is shown.
 *
 * @param onPeers whether keys move the list of peers; otherwise that of downloads
 * @param downloads from which row on they are shown
 * @param peers the same of them
 * @param paused whether nothing new is shown
 */
record Focus(boolean onPeers, int downloads, int peers, boolean paused) {
    static final Focus FIRST = new Focus(false, 0, 0, false);

    Focus other() {
        return new Focus(!onPeers, downloads, peers, paused);
    }

    Focus moved(int rows) {
        return onPeers
                ? new Focus(true, downloads, Math.max(0, peers + rows), paused)
                : new Focus(false, Math.max(0, downloads + rows), peers, paused);
    }

    Focus pausedOrNot() {
        return new Focus(onPeers, downloads, peers, !paused);
    }

    /** No further down than there is something. */
    Focus within(Sample sample) {
        return new Focus(onPeers, Math.min(downloads, Math.max(0, sample.transfers().size() - 1)),
                Math.min(peers, Math.max(0, sample.peers().size() - 1)), paused);
    }
}
