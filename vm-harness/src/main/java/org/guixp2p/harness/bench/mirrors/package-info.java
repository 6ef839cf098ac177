// SPDX-License-Identifier: GPL-3.0-or-later
/** What it costs a node that the first of its substitute servers is a bad one. */
@NullMarked
package org.guixp2p.harness.bench.mirrors;

import org.jspecify.annotations.NullMarked;
