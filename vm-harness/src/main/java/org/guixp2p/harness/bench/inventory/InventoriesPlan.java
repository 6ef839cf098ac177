// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.inventory;

import java.time.Duration;

/**
 * What is simulated.
 *
 * @param nodes at least 3
 * @param sessions that each node has on average, full and light ones
 * @param items that there are
 * @param zipf how much more the more popular are wanted: the k-th as often as k to the power of minus this
 * @param kept items that a node keeps, those it has got last
 * @param lookups how many are counted
 * @param anHour lookups of one node in an hour, on average
 * @param session how long one lasts, on average; then another node is met
 */
record InventoriesPlan(int nodes, int sessions, int items, double zipf, int kept, int lookups, int anHour,
        Duration session,
        long seed) {}
