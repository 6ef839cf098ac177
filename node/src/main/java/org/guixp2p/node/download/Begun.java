// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

/**
 * A NAR is being fetched.
 *
 * @param trace told how it goes
 * @param nanos since when, by {@link System#nanoTime}
 */
record Begun(DownloadTrace trace, long nanos) {
    static Begun now(NarRequest request, DownloadWatcher watcher) {
        return new Begun(watcher.begun(request), System.nanoTime());
    }
}
