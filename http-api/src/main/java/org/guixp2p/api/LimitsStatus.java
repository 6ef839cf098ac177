// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

/**
 * The limits on traffic that hold now: those of the configuration, or what the user has made of them since. All in
 * bytes per second; 0 is no limit.
 *
 * @param upload to all peers together
 * @param download from all peers and servers together
 * @param uploadPerPeer to each peer
 * @param downloadPerPeer from each peer
 */
public record LimitsStatus(long upload, long download, long uploadPerPeer, long downloadPerPeer) {}
