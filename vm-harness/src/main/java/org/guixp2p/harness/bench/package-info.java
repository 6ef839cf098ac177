// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What the program does, in figures: docs/benchmarks.md says what each of them is and how it is measured.
 *
 * <p>{@link org.guixp2p.harness.bench.TransferBench} sends an item from seeders to fetchers, over links that a relay makes of
 * loopback, and the same NAR by other programs ({@link org.guixp2p.harness.bench.rivals}) over the same links.
 * {@link org.guixp2p.harness.bench.FirstByteBench} asks how long the first byte takes, {@link
 * org.guixp2p.harness.bench.closure.ClosureBench} how long a whole closure does.
 */
@NullMarked
package org.guixp2p.harness.bench;

import org.jspecify.annotations.NullMarked;
