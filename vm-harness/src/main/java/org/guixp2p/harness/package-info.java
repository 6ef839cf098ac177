// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Runs that show and measure what the installed programs do, each in processes of its own, as they are used.
 *
 * <p>Nothing here replaces a part of what is measured: nodes and substituters are started by their main classes and spoken to
 * where {@code guix-daemon} and people speak to them. The few stand-ins (a substitute server, a node that lies) are programs
 * too, hidden subcommands of {@link org.guixp2p.harness.HarnessMain}.
 */
@NullMarked
package org.guixp2p.harness;

import org.jspecify.annotations.NullMarked;
