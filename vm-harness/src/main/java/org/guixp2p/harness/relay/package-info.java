// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Links for measurements on one machine: a {@link org.guixp2p.harness.relay.Relay} stands between a server and whoever dials it,
 * and lets its bytes pass as a link of a given rate and delay would. It knows nothing of what it carries, so that everything
 * that is compared passes the same.
 *
 * <p>The rate is kept by a {@link org.guixp2p.harness.relay.TokenBucket}, which is arithmetic alone. Where threads are woken up
 * late, bytes go out late, and up to the burst that is made up for: the rate is exact over any time in which no thread waited for
 * a processor longer than the burst lasts, and never higher. How much later than that is counted.
 */
@NullMarked
package org.guixp2p.harness.relay;

import org.jspecify.annotations.NullMarked;
