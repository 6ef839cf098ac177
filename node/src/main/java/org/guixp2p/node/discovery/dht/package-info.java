/**
 * A node of the DHT without its socket (docs/dht.md): which other nodes it knows, who may write to it, and what it remembers
 * for others. No I/O, no actors, one thread; time and chance come from outside.
 */
@NullMarked
package org.guixp2p.node.discovery.dht;

import org.jspecify.annotations.NullMarked;
