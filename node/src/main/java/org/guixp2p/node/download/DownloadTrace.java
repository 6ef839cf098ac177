// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import org.guixp2p.api.TransferStatus;
import org.guixp2p.protocol.swarm.PeerId;

/** Is told how one download goes: one thing after another, on threads that it does not block. Reasons are words for people. */
@FunctionalInterface
public interface DownloadTrace {
    /** The number of the download; no other one of this run has it. */
    default long number() {
        return 0;
    }

    /** It is at something else: a state of {@link TransferStatus}. */
    default void at(String state) {}

    /** A block has come: from a peer, a server, or the disk. */
    default void received(String source, long bytes) {}

    /** So many blocks had to be asked for again so far, in the attempt of this number. */
    default void requeued(int attempt, long total) {}

    /** A block of a peer's does not match the manifest that it stands for, or, being all of a NAR, that NAR's hash. */
    default void corrupt(PeerId peer, int block) {}

    /** A peer was caught out: for this it is asked no more, or, where it was asked without a manifest, once more. */
    default void excluded(PeerId peer, String reason) {}

    /** A peer stood for it, and gives it no more. */
    default void lost(PeerId peer, String reason) {}

    /** It begins again. */
    default void restarted(String reason) {}

    /** Peers have come to nothing. */
    default void peersOver(PeersOver why, String reason) {}

    /** Servers have come to nothing. */
    default void serversOver(String reason) {}

    /** Nothing more comes: all of it is there, or it has failed. It may be read, or held for readers, for long yet. */
    default void over(TransferStatus status) {}

    /** It is over, and nobody reads it any more. Nothing is told after this. */
    void ended(TransferStatus last);
}
