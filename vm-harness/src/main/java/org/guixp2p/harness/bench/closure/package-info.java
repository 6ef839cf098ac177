// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * How long a whole closure takes, asked for as {@code guix-daemon} asks: path by path and item by item. {@link
 * org.guixp2p.harness.bench.closure.ClosureMaker} makes the items and what refers to what, {@link
 * org.guixp2p.harness.bench.closure.DaemonOrder} says in which order the daemon asks, and {@link
 * org.guixp2p.harness.bench.closure.ClosureBench} has a node and a plain HTTP substituter answer, in turn.
 */
@NullMarked
package org.guixp2p.harness.bench.closure;

import org.jspecify.annotations.NullMarked;
