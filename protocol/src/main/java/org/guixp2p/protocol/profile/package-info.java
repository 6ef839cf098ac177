// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What a profile of Guix has installed: its file {@code manifest}, an s-expression as Guile writes them, by Guix's
 * {@code guix/profiles.scm}.
 */
@NullMarked
package org.guixp2p.protocol.profile;

import org.jspecify.annotations.NullMarked;
