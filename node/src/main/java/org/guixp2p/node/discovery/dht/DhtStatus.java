// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.dht;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;

/**
 * How the DHT of one family is doing.
 *
 * @param bound where its socket is
 * @param seenAt where others see it; nothing until they have said, or when that is local
 * @param nodes how many others it knows that may answer
 * @param isAlone whether none of them has answered lately
 * @param readOnly whether it only asks
 * @param announced how many keys others keep for it, as far as it knows
 * @param chosen how many keys are announced, or about to be
 * @param leftOut how many are not, as the budget does not reach; those far beyond it are counted again when they are announced again
 * @param recordKeptBy how many others keep this node's own record, as far as it knows; 0 when most of those who were asked do not
 * @param port where peers connect to this node by TCP
 * @param overrun how many datagrams were dropped as too many waited already
 * @param traffic that of its socket, which may be the other family's too
 */
public record DhtStatus(AddressFamily family, DhtId id, InetSocketAddress bound, Optional<InetAddress> seenAt,
        int nodes,
        boolean isAlone, boolean readOnly, int announced, int chosen, long leftOut, int recordKeptBy,
        int port, long overrun, DhtTraffic traffic) {}
