// SPDX-License-Identifier: GPL-3.0-or-later
/** What is done again and again with works that end later. */
@NullMarked
package org.guixp2p.node.stages;

import org.jspecify.annotations.NullMarked;
