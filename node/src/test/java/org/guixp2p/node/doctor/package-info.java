// SPDX-License-Identifier: GPL-3.0-or-later
/** Tests of looking at a set-up. */
@NullMarked
package org.guixp2p.node.doctor;

import org.jspecify.annotations.NullMarked;
