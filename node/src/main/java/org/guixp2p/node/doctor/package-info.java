// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Looks at a set-up and says what is wrong with it, and what to do: a {@link org.guixp2p.node.doctor.Check} for each thing, all at
 * a time and within a bound. They look and touch nothing, but for a file that is made and removed where a directory is to be
 * written to. What only the node knows is asked of the one that runs ({@link org.guixp2p.node.doctor.RunningNode}).
 */
@NullMarked
package org.guixp2p.node.doctor;

import org.jspecify.annotations.NullMarked;
