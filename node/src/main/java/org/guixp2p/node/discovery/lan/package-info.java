// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Peers and substitute servers on the networks that this machine is on, found by DNS-SD (RFC 6763) over multicast DNS (RFC 6762), without
 * a server. {@link org.guixp2p.node.discovery.lan.Lan} tells on each of those networks what this node is and hears of others, for each
 * {@link org.guixp2p.node.discovery.lan.LanService} whether the others are wanted or not.
 *
 * <p>{@link org.guixp2p.node.discovery.lan.LanPeers} remembers peers within bounds, and
 * {@link org.guixp2p.node.discovery.lan.LanDirectory} tells whoever looks for a NAR that each of them may have it.
 * {@link org.guixp2p.node.discovery.lan.LanServers} remembers servers.
 *
 * <p>Whoever is on such a network can say anything there. What is heard is an address where somebody may be; who it is shows in the
 * TLS handshake, and what a server's word is worth by its signature.
 */
@NullMarked
package org.guixp2p.node.discovery.lan;

import org.jspecify.annotations.NullMarked;
