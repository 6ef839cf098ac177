// SPDX-License-Identifier: GPL-3.0-or-later
/** Measures how soon the REST API of a node answers that knows many peers and offers many items. */
@NullMarked
package org.guixp2p.harness.bench.api;

import org.jspecify.annotations.NullMarked;
