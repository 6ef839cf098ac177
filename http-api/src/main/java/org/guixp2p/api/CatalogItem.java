// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * A build that this node knows by name, and that peers who are connected say they have.
 *
 * @param storePath the item's full path
 * @param narHash {@code sha256:} and the hash in nix-base32
 * @param narBytes size of the NAR, -1 when it is not known
 * @param providers how many of the peers that are connected name it in their inventories; a few of these may be wrong
 * @param held whether an item of this path is in the store here, or a NAR of it is kept
 */
public record CatalogItem(String storePath, String narHash, long narBytes, int providers, boolean held) {}
