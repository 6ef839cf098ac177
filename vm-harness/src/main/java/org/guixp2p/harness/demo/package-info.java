// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The demonstration: one substitute on its whole way, on one machine.
 *
 * <p>{@link org.guixp2p.harness.demo.Demo} puts a small world together in a {@link org.guixp2p.harness.demo.DemoWorld} (a
 * substitute server, three seeders, a fetcher), asks for its items as {@code guix-daemon} would, and hands what it saw to a
 * {@link org.guixp2p.harness.demo.DemoReport}. A report is {@code ok} only when nothing that it checks was otherwise.
 */
@NullMarked
package org.guixp2p.harness.demo;

import org.jspecify.annotations.NullMarked;
