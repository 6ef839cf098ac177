// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.dht;

import java.time.Duration;
import java.util.Optional;
import org.guixp2p.node.discovery.dht.IdRule;

/**
 * What is simulated.
 *
 * @param nodes honest ones
 * @param dead share of them, from 0 to 1, that is gone when the lookups begin, and was not before
 * @param loss share of datagrams that are lost
 * @param churn mean session; a node that ends is followed by a new one elsewhere
 * @param sybils attacking addresses
 * @param bound share of the honest nodes whose ids are bound to their addresses; all are where that is enforced
 * @param lookups how many are counted, each for a key of its own
 * @param time over which they are spread
 */
record DhtPlan(int nodes, double dead, double loss, Optional<Duration> churn, int sybils, IdRule rule,
        double bound, int lookups, Duration time, long seed) {}
