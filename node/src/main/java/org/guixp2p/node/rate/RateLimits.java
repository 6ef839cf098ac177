// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.rate;

import java.util.function.LongSupplier;
import org.guixp2p.node.config.Rates;

/** The limits on traffic that hold at this moment. They may be changed at any time, by any thread. */
public final class RateLimits {
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

    /** What is sent. */
    public RateLimiter upload() {
        return upload;
    }

    /** What comes. */
    public RateLimiter download() {
        return download;
    }
}
