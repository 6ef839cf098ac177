// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * In which order peers and servers are asked.
 *
 * @param policy {@code p2p-only}, {@code p2p-first} or {@code http-first}
 */
public record PolicyStatus(String policy) {}
