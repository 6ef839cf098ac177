// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.Manifest;

/**
 * A store item whose whole tree was hashed once.
 *
 * @param path of the item
 * @param hash of its NAR, as computed
 * @param manifest of its NAR, as computed
 * @param fingerprint of the tree when it was hashed; another one means another item at the same path
 */
public record StoreSeed(StorePath path, NarHash hash, Manifest manifest, String fingerprint) {}
