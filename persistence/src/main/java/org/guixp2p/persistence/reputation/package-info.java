/**
 * What this node has learnt of other peers, and what it makes of it: whom to prefer, whom to refuse for a while, whom to dial
 * again when.
 *
 * <p>What happened is a {@link org.guixp2p.persistence.reputation.PeerEvent}; what events make of a peer is a
 * {@link org.guixp2p.persistence.reputation.PeerRecord}, computed without I/O and with the time that stands in the event.
 * {@link org.guixp2p.persistence.reputation.Reputation} answers from memory at once; an event-sourced actor writes behind it,
 * so that a slow or full disk delays nobody and loses no more than the last seconds.
 */
@NullMarked
package org.guixp2p.persistence.reputation;

import org.jspecify.annotations.NullMarked;
