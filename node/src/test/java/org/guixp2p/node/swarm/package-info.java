/**
 * Tests of the swarm. The node under test listens and dials on loopback; the other end is a {@link
 * org.guixp2p.node.swarm.TestPeer}, which shakes hands as a peer does and then does what the test wants.
 */
@NullMarked
package org.guixp2p.node.swarm;

import org.jspecify.annotations.NullMarked;
