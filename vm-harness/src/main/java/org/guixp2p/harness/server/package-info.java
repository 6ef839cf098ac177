// SPDX-License-Identifier: GPL-3.0-or-later
/** A substitute server in small: it gives signed narinfos away, and counts who would have the NARs too. */
@NullMarked
package org.guixp2p.harness.server;

import org.jspecify.annotations.NullMarked;
