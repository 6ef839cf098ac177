// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

/**
 * What one peer gave to one download, told when it is over: a journal that grew by every block would write more than it is
 * worth.
 *
 * @param bytes of the NAR, verified
 * @param millis from the first question to the last block; 0 when none came
 * @param blocks that came and were right
 * @param firstMillis from the first question to the first block; 0 when none came
 * @param failed blocks that did not come though the peer had offered them
 * @param stalled how often blocks were asked of others because this peer gave none
 */
public record Transfer(long bytes, long millis, int blocks, long firstMillis, int failed, int stalled) {}
