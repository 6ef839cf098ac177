// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Answers any Guix as a substitute server does ({@code guix publish}, Guix: {@code guix/scripts/publish.scm}): narinfos with their
 * original signatures, NARs while they are fetched. What may be given, and where it comes from, others say ({@link
 * org.guixp2p.node.gateway.GatewayItems}).
 *
 * <p>{@link org.guixp2p.node.gateway.Gateway} listens, by Netty. {@link org.guixp2p.node.gateway.Connection} reads questions, {@link
 * org.guixp2p.node.gateway.Routes} and {@link org.guixp2p.node.gateway.Nars} answer them, and know nothing of sockets, {@link
 * org.guixp2p.node.gateway.AnswerWriter} writes the answers in their order.
 */
@NullMarked
package org.guixp2p.node.gateway;

import org.jspecify.annotations.NullMarked;
