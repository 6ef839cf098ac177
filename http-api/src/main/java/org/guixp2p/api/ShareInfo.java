// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;

/**
 * What others have to know to connect; as {@code guix-p2p share-info} prints it.
 *
 * @param peerId the node's peer id in nix-base32
 * @param share {@code off}, {@code lan} or {@code world}
 * @param addresses {@code guixp2p://PEER-ID@HOST:PORT}, for the {@code bootstrap_peers} of others
 * @param recordKeptBy how many nodes of the DHT keep where this one is
 */
public record ShareInfo(String peerId, String share, List<String> addresses, int recordKeptBy) {
    public ShareInfo {
        addresses = List.copyOf(addresses);
    }
}
