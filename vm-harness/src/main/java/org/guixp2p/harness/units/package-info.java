// SPDX-License-Identifier: GPL-3.0-or-later
/** Quantities as people write them on a command line and read them in a report. */
@NullMarked
package org.guixp2p.harness.units;

import org.jspecify.annotations.NullMarked;
