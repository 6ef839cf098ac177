// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The Guile extension of {@code guix/extensions}, driven as {@code guix-daemon} drives it. Guix's own modules serve where a
 * Guix is there; elsewhere stand-ins for those few that the extension uses, in {@code src/test/guile}, with Debian's Guile
 * and its binding of libgcrypt.
 */
@NullMarked
package org.guixp2p.bridge.extension;

import org.jspecify.annotations.NullMarked;
