// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

/**
 * What has passed through a socket since it was bound. Bytes are those of datagrams, without the 28 of IPv4 and UDP, or the 48 of
 * IPv6.
 *
 * @param received datagrams, those that were dropped included
 * @param dropped datagrams that nobody read: too long, or too many
 * @param unsent datagrams that the kernel did not take
 */
public record DhtTraffic(long received, long receivedBytes, long sent, long sentBytes, long dropped, long unsent) {}
