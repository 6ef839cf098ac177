// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * A node that does not exist, for showing the dashboard without one: downloads come and go, peers give and are given. Nothing here opens a
 * socket or a file; time and chance are handed in.
 */
@NullMarked
package org.guixp2p.node.madeup;

import org.jspecify.annotations.NullMarked;
