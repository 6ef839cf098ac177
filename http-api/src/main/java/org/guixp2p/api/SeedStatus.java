// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * One NAR that the node has for others.
 *
 * @param storePath the item's full path
 * @param narHash {@code sha256:} and the hash in nix-base32
 * @param narBytes size of the NAR
 * @param source {@code store} when the user named it, {@code registered} when it is one of the store's, {@code kept} when read from
 *        a kept NAR
 * @param state {@code hashing}, {@code offered}, {@code unproven} (kept by an earlier run: offered once somebody asks for it,
 *        if it is public), or {@code refused: } or {@code withdrawn: } and why
 * @param blocksServed since the node started
 */
public record SeedStatus(String storePath, String narHash, long narBytes, String source, String state,
        long blocksServed) {}
