// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import org.jspecify.annotations.Nullable;

/**
 * One connected peer.
 *
 * @param peerId its id in nix-base32, proved by its TLS key
 * @param address {@code HOST:PORT} of the connection
 * @param agent what it calls itself; not verified
 * @param inbound whether it dialled us
 * @param score 0 to 1, from what it did so far
 * @param receivedBytes of blocks that have come from it over this connection
 * @param sentBytes of blocks that have gone to it
 * @param roundTripMillis what the last ping took; null when none was answered yet: a peer that is busy is not asked
 */
public record PeerStatus(String peerId, String address, String agent, boolean inbound, double score, long receivedBytes,
        long sentBytes, @Nullable Double roundTripMillis) {}
