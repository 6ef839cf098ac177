// SPDX-License-Identifier: GPL-3.0-or-later
/** Tests of how the heap is divided. */
@NullMarked
package org.guixp2p.node.memory;

import org.jspecify.annotations.NullMarked;
