// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What monitoring reads of the node: counters fed from its events, and gauges of how it stands at a moment. Nothing in the node reads
 * them again. Each label has values out of a fixed set, so that no peer and no item makes a series of its own.
 */
@NullMarked
package org.guixp2p.node.metrics;

import org.jspecify.annotations.NullMarked;
