/**
 * Keeps traffic to the rates that the user wants, over all peers and for each, and shares it fairly.
 *
 * <p>{@link org.guixp2p.node.rate.RateLimits} holds the rates and lets them be changed at any time. Whoever sends or receives
 * has a {@link org.guixp2p.node.rate.Flow} in the {@link org.guixp2p.node.rate.RateLimiter} of its direction. Nothing here
 * waits: a flow is told for how long to, so that threads and streams may each wait in their own way.
 */
@NullMarked
package org.guixp2p.node.rate;

import org.jspecify.annotations.NullMarked;
