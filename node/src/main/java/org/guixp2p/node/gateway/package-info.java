// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Answers any Guix as a substitute server does ({@code guix publish}, Guix: {@code guix/scripts/publish.scm}): narinfos with their
 * original signatures, NARs while they are fetched. What may be given, and where it comes from, others say ({@link
 * org.guixp2p.node.gateway.GatewayItems}).
 */
@NullMarked
package org.guixp2p.node.gateway;

import org.jspecify.annotations.NullMarked;
