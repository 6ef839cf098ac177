// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Who may have how much of the heap. One place divides it between all whose size somebody outside can influence, so that all of
 * them together fit into it, whatever comes at once. What a part is made into, blocks or slots or connections, is for whoever has it
 * to say.
 */
@NullMarked
package org.guixp2p.node.memory;

import org.jspecify.annotations.NullMarked;
