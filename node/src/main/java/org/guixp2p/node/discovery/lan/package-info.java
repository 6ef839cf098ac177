// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Peers on the networks that this machine is on, found by DNS-SD (RFC 6763) over multicast DNS (RFC 6762), without a server and
 * without a word of configuration. {@link org.guixp2p.node.discovery.lan.Lan} says on each of those networks that this node is
 * there and hears of others, {@link org.guixp2p.node.discovery.lan.LanPeers} remembers them within bounds, and
 * {@link org.guixp2p.node.discovery.lan.LanDirectory} tells whoever looks for a NAR that each of them may have it.
 *
 * <p>Whoever is on such a network can say anything there. What is heard is an address where somebody may be; who it is shows in the
 * TLS handshake.
 */
@NullMarked
package org.guixp2p.node.discovery.lan;

import org.jspecify.annotations.NullMarked;
