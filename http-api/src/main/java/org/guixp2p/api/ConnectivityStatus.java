// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * Whether peers elsewhere in the world can connect to the node, in {@link NodeStatus}: {@code reachable}, {@code unreachable}, or
 * {@code unknown} as long as nobody has said.
 *
 * @param ipv4 by IPv4
 * @param ipv6 by IPv6
 */
public record ConnectivityStatus(String ipv4, String ipv6) {}
