// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

/** Is told of each download. */
@FunctionalInterface
public interface DownloadWatcher {
    /** One begins; does not block. */
    DownloadTrace begun(NarRequest request);
}
