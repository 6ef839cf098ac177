/**
 * A node of the DHT without its socket (docs/dht.md): {@link org.guixp2p.node.discovery.dht.DhtNode}. It answers others from what
 * it knows of nodes and remembers of peers, asks them, and keeps to know them. No I/O, no actors, one thread; time and chance
 * come from outside.
 */
@NullMarked
package org.guixp2p.node.discovery.dht;

import org.jspecify.annotations.NullMarked;
