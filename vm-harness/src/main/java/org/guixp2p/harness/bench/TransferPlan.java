// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.units.BitRate;
import org.guixp2p.harness.units.ByteCount;
import org.guixp2p.harness.units.Loss;
import org.guixp2p.harness.units.Span;

/**
 * What is to be measured.
 *
 * @param size bytes of contents of the tree that is sent
 * @param warmUp bytes of contents of a tree that each fetcher gets before
 * @param rate of each seeder's link
 * @param delay added to a round trip
 * @param loss seeders that are killed, if any
 * @param seed what random data is made from
 * @param rivals names of the other programs that send the same
 * @param parent where the work directory is made
 */
record TransferPlan(ByteCount size, ByteCount warmUp, Data data, int seeders, int fetchers, BitRate rate, Span delay,
        Optional<Loss> loss, int runs, long seed, List<String> rivals, Path parent) {
    TransferPlan {
        rivals = List.copyOf(rivals);
    }

    /** What stands before each seeder. */
    Link link() {
        return new Link(rate.bytes(), delay.duration().dividedBy(2));
    }

    /** Whether there is anything for a relay to do. */
    boolean isRelayed() {
        return rate.bytes() > 0 || !delay.duration().equals(Duration.ZERO);
    }

    /**
     * What all links could carry in a time that begins with the request.
     *
     * @return bytes; 0 when there is no bound
     */
    double capacity(double seconds) {
        int lost = loss.map(Loss::seeders).orElse(0);
        double until = loss.map(Loss::second).orElse(0.0);
        return rate.bytes() * ((seeders - lost) * seconds + lost * Math.min(seconds, until));
    }
}
