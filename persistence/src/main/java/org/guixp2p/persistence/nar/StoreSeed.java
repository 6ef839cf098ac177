// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/**
 * A store item whose whole tree was hashed once.
 *
 * @param path of the item
 * @param hash of its NAR, as computed
 * @param size of its NAR
 * @param root of its NAR's manifest, as computed
 * @param fingerprint of the tree when it was hashed; another one means another item at the same path
 */
public record StoreSeed(StorePath path, NarHash hash, NarSize size, Sha256 root, String fingerprint) {}
