/**
 * What peers say to each other (docs/wire-protocol.md), and how they are named: a peer is the SHA-256 of its public key, and
 * an address is where somebody claims that it can be reached. Both are only names; who is at the other end is proved by the
 * TLS handshake.
 *
 * <p>A NAR travels in blocks ({@link org.guixp2p.protocol.swarm.BlockLayout}), verified one by one against a manifest
 * ({@link org.guixp2p.protocol.swarm.Manifest}), which itself is verified page by page against its root. Messages are
 * {@link org.guixp2p.protocol.swarm.SwarmMessage}s; {@link org.guixp2p.protocol.swarm.FrameEncoder} and
 * {@link org.guixp2p.protocol.swarm.FrameDecoder} turn them into bytes and back, for any transport.
 */
@NullMarked
package org.guixp2p.protocol.swarm;

import org.jspecify.annotations.NullMarked;
