// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The DHT (docs/dht.md). {@link org.guixp2p.node.discovery.dht.DhtNode} is a node without its socket: it answers others from what
 * it knows of nodes and remembers of peers, asks them, and keeps to know them; no I/O, no actors, one thread; time and chance come
 * from outside. {@link org.guixp2p.node.discovery.dht.Dht} brings it sockets, an actor for each address family and a place on disk,
 * and gives it to others as a directory of providers.
 */
@NullMarked
package org.guixp2p.node.discovery.dht;

import org.jspecify.annotations.NullMarked;
