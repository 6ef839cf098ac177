// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.rate;

import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.guixp2p.node.config.Rates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The limits on traffic that hold at this moment. They may be changed at any time, by any thread. */
public final class RateLimits {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimits.class);

    private final RateLimiter upload;
    private final RateLimiter download;
    private volatile Rates rates;

    /** @param nanos time that only goes forward, in nanoseconds since some moment */
    public RateLimits(Rates rates, LongSupplier nanos) {
        this.rates = rates;
        this.upload = new RateLimiter(rates.upload(), rates.uploadPerPeer(), nanos);
        this.download = new RateLimiter(rates.download(), rates.downloadPerPeer(), nanos);
    }

    /** No limits, until some are set. */
    public static RateLimits none() {
        return new RateLimits(Rates.UNLIMITED, System::nanoTime);
    }

    /** What holds now. */
    public Rates rates() {
        return rates;
    }

    /** Other limits hold from now on, for those too who wait already. */
    public synchronized void set(Rates next) {
        upload.set(next.upload(), next.uploadPerPeer());
        download.set(next.download(), next.downloadPerPeer());
        rates = next;
    }

    /**
     * What holds is changed. Of two who change something at the same time, neither undoes what the other did.
     *
     * @return what holds now
     */
    public synchronized Rates change(UnaryOperator<Rates> change) {
        Rates next = change.apply(rates);
        if (!next.equals(rates)) {
            set(next);
            LOG.info("the limits are now, in bytes per second: {}", next);
        }
        return next;
    }

    /** What is sent. */
    public RateLimiter upload() {
        return upload;
    }

    /** What comes. */
    public RateLimiter download() {
        return download;
    }
}
