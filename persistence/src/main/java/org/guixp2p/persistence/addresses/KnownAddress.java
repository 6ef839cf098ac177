// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.addresses;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.guixp2p.protocol.swarm.PeerAddress;

/**
 * An address at which this node has found a peer.
 *
 * @param address who answered there last; an address, no name
 * @param lastSeconds when that was, or when a connection there stood last, in seconds since 1970; not negative
 * @param successes how often it has answered, at least 1
 * @param failures how often it has not, since it did
 */
public record KnownAddress(PeerAddress address, long lastSeconds, int successes, int failures) {
    /** More is not counted. */
    static final int MOST = 1_000_000;

    private static final int MOST_THAT_COUNT = 20;
    private static final double HALF_LIFE_SECONDS = 7 * 24 * 3600.0;

    public KnownAddress {
        if (lastSeconds < 0 || successes < 1 || successes > MOST || failures < 0 || failures > MOST) {
            throw new IllegalArgumentException("out of range: " + lastSeconds + " " + successes + " " + failures);
        }
        var _ = InetAddress.ofLiteral(address.endpoint().host());
    }

    /** Its host. */
    public InetAddress host() {
        return InetAddress.ofLiteral(address.endpoint().host());
    }

    /** Where to dial. */
    public InetSocketAddress socket() {
        return new InetSocketAddress(host(), address.endpoint().port());
    }

    KnownAddress worked(long nowSeconds) {
        return new KnownAddress(address, nowSeconds, Math.min(MOST, successes + 1), 0);
    }

    KnownAddress stands(long nowSeconds) {
        return new KnownAddress(address, nowSeconds, successes, 0);
    }

    KnownAddress failed() {
        return new KnownAddress(address, lastSeconds, successes, Math.min(MOST, failures + 1));
    }

    /** Since it answered last. */
    long age(long nowSeconds) {
        return Math.max(0, nowSeconds - lastSeconds);
    }

    /** How likely it is to answer again: positive, half of it with every week that it was not seen, and with every failure. */
    double promise(long nowSeconds, int moreFailures) {
        return (1 + Math.min(successes, MOST_THAT_COUNT))
                * Math.pow(0.5, age(nowSeconds) / HALF_LIFE_SECONDS + failures + moreFailures);
    }
}
