/**
 * What peers say to each other, and how they are named: a peer is the SHA-256 of its public key, and an address is where
 * somebody claims that it can be reached. Both are only names; who is at the other end is proved by the TLS handshake.
 */
@NullMarked
package org.guixp2p.protocol.swarm;

import org.jspecify.annotations.NullMarked;
