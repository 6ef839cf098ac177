// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import org.guixp2p.api.TransferStatus;

/** What became of {@link Download.Cancel}. */
public sealed interface Cancelled {
    /** It has failed, because of that. */
    record Now(TransferStatus status) implements Cancelled {}

    /** It was over already. */
    record Over() implements Cancelled {}

    /** This is another download. */
    record Other() implements Cancelled {}
}
