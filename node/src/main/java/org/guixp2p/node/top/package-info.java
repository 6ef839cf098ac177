// SPDX-License-Identifier: GPL-3.0-or-later
/** What the node that runs is doing, in a terminal, and anew each second. */
@NullMarked
package org.guixp2p.node.top;

import org.jspecify.annotations.NullMarked;
