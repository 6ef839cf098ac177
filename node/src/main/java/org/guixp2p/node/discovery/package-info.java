// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Finding who has a NAR. Whatever knows of providers is a {@link org.guixp2p.node.discovery.ProviderDirectory}: peers that the
 * user named, those on the networks nearby, a distributed hash table, other directories together. What is found is a hint:
 * who answers there shows in the TLS handshake, and whether it has the NAR when it is asked.
 *
 * <p>Peers that are connected also tell each other what they have ({@link org.guixp2p.node.discovery.Inventories}).
 */
@NullMarked
package org.guixp2p.node.discovery;

import org.jspecify.annotations.NullMarked;
