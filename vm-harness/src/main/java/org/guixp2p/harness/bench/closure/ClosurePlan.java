// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.nio.file.Path;
import java.util.Optional;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Span;

/**
 * What is to be measured.
 *
 * @param total bytes of files of all items, about; 0 for the median of {@link Sizes}
 * @param rate of all seeders' links together, and of the server's
 * @param delay added to a round trip, to seeders and to the server
 * @param warmUp items of another closure that each node fetches before; 0 for a node that has just been started
 * @param roundTrips whether those of the walk are counted
 * @param against who is measured too
 * @param seed what trees, names and references are made from
 * @param parent where the work directory is made
 */
record ClosurePlan(int items, Sizes sizes, ByteCount total, int seeders, BitRate rate, Span delay, int warmUp,
        boolean roundTrips, Optional<Against> against, int runs, long seed, Path parent) {
    /** What stands before each seeder. */
    Link seederLink() {
        return new Link(rate.bytes() / seeders, delay.duration().dividedBy(2));
    }

    /** What stands before the server. */
    Link serverLink() {
        return new Link(rate.bytes(), delay.duration().dividedBy(2));
    }
}
