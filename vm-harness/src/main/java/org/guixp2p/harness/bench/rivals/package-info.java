// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What a user would pick instead: HTTP from a near server, a BitTorrent client. Each is the program that distributions ship, in
 * processes of its own, and sends the same NAR over the same links; it is left out, by name, where it is not installed.
 */
@NullMarked
package org.guixp2p.harness.bench.rivals;

import org.jspecify.annotations.NullMarked;
