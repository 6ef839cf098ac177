// SPDX-License-Identifier: GPL-3.0-or-later
/** Benchmarks of single parts by JMH, which {@code guix-p2p bench micro} runs. */
@NullMarked
package org.guixp2p.harness.micro;

import org.jspecify.annotations.NullMarked;
