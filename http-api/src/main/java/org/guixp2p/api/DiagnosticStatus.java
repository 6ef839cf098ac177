// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * Something that was looked at, as {@code guix-p2p doctor} does.
 *
 * @param verdict {@code ok}; {@code warning} when it works, but not as well as it could, or that is not known; {@code error} when
 *        it does not
 * @param seen what was found, in a line
 * @param advice what to do, in a line; empty when all is well
 */
public record DiagnosticStatus(String subject, String verdict, String seen, String advice) {}
