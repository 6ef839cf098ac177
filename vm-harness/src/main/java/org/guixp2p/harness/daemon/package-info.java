// SPDX-License-Identifier: GPL-3.0-or-later
/** Stands where {@code guix-daemon} stands: starts substituters, asks them, and keeps what they say on the log pipe. */
@NullMarked
package org.guixp2p.harness.daemon;

import org.jspecify.annotations.NullMarked;
