// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What happens in the node, for people to look at: those to whom it happens tell watchers of their own kind, which make events and
 * records of it here. Nothing in the node reads them again.
 */
@NullMarked
package org.guixp2p.node.events;

import org.jspecify.annotations.NullMarked;
