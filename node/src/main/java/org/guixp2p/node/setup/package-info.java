/**
 * Turning the integration with {@code guix-daemon} on, and off again, on a distribution that runs systemd.
 *
 * <p>
 * What is done is laid out as a list of {@link org.guixp2p.node.setup.Step steps} before anything is touched, so that the
 * same list can be shown, applied to a directory for a look, or applied to the machine. What was made is written down
 * first, with the digest of every file; taking it back removes exactly that, and leaves what somebody has changed since.
 */
@NullMarked
package org.guixp2p.node.setup;

import org.jspecify.annotations.NullMarked;
