/**
 * Talking to peers: TLS connections, a session actor for each peer, and the table of all of them.
 *
 * <p>Sockets block on virtual threads, two a connection ({@link org.guixp2p.node.swarm.PeerConnection}); the session actor
 * ({@link org.guixp2p.node.swarm.PeerSession}) matches answers to requests and serves what {@link
 * org.guixp2p.node.swarm.Offers} has; {@link org.guixp2p.node.swarm.Swarm} dials, accepts and keeps the table. Memory stays
 * bounded by credit: a session reads no further ahead than it can handle, prepares only so many blocks at a time, and hangs up
 * on a peer that leaves too much unread ({@link org.guixp2p.node.swarm.Outbox}).
 */
@NullMarked
package org.guixp2p.node.swarm;

import org.jspecify.annotations.NullMarked;
