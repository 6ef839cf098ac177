// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * One connected peer.
 *
 * @param peerId its id in nix-base32, proved by its TLS key
 * @param address {@code HOST:PORT} of the connection
 * @param agent what it calls itself; not verified
 * @param inbound whether it dialled us
 */
public record PeerStatus(String peerId, String address, String agent, boolean inbound) {}
