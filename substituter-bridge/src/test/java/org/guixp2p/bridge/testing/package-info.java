/**
 * Drives a restorer from both its ends: as {@code guix-daemon} does ({@link org.guixp2p.bridge.testing.DaemonDriver}) and as
 * a node does, a good or a bad one ({@link org.guixp2p.bridge.testing.ScriptedNode}).
 *
 * <p>{@link org.guixp2p.bridge.testing.RestorerContract} is what every restorer must do, whatever it is written in: the
 * Java one and the Guile extension run the same cases.
 */
@NullMarked
package org.guixp2p.bridge.testing;

import org.jspecify.annotations.NullMarked;
