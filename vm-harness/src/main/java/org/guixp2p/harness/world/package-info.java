// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The parts that a small world on loopback is put together from: nodes in processes of their own, a substitute server, items, and
 * one item asked for as {@code guix-daemon} asks. The demo and the benchmarks choose
 * and arrange them.
 */
@NullMarked
package org.guixp2p.harness.world;

import org.jspecify.annotations.NullMarked;
