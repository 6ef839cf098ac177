// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Other processes, and a directory to work in: both are gone when the run is over, whatever ended it.
 *
 * <p>A process is known by the id that it got when it was started, and ended by that id alone.
 */
@NullMarked
package org.guixp2p.harness.process;

import org.jspecify.annotations.NullMarked;
