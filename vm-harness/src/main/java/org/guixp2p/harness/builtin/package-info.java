// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * A substituter that does on the network what Guix's own does, for machines without Guix: what it asks, in what order, over which
 * connections, and what it keeps (Guix: {@code guix/scripts/substitute.scm}, {@code guix/substitutes.scm}, {@code
 * guix/http-client.scm}). It verifies and restores by the same code as this project's own.
 */
@NullMarked
package org.guixp2p.harness.builtin;

import org.jspecify.annotations.NullMarked;
