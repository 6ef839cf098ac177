// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.Optional;

/** What a {@link Download} is told of its servers. */
sealed interface ServerEvent extends Download.Command {
    /** Of which attempt. */
    int attempt();

    /** Another server was asked too, since the first byte of the one begun with is late. */
    record Joined(int attempt, NarSupply spare) implements ServerEvent {}

    /** Of two that were asked, or of the only one, this one has begun to send. */
    record Won(int attempt, NarSupply supply) implements ServerEvent {}

    /** A block is in the file. */
    record Stored(int attempt, int block, int bytes, String server) implements ServerEvent {}

    record Ended(int attempt, Optional<ServerLane.Failure> failure) implements ServerEvent {}
}
