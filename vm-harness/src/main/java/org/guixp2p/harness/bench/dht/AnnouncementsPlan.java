// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.time.Duration;
import java.util.Optional;

/**
 * What is simulated.
 *
 * @param nodes all of them, one of which announces
 * @param items that it announces
 * @param rate messages a second that announcing may cost
 * @param bound share of the others whose ids are bound to their addresses
 * @param loss share of datagrams that are lost
 * @param churn mean session of the others; one that ends is followed by a new one elsewhere
 * @param lookups how many there are on average in {@code time}, and before it as often
 * @param time from the end of the first round on
 */
record AnnouncementsPlan(int nodes, int items, int rate, double bound, double loss, Optional<Duration> churn,
        int lookups, Duration time, long seed) {}
