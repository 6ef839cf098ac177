// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.net.URI;
import java.util.OptionalLong;

/** Progress for a client that draws it itself. */
final class TraceReporter extends ProgressReporter {
    private final Destination destination;
    private final URI url;
    private final OptionalLong size;

    TraceReporter(Destination destination, URI url, OptionalLong size) {
        this.destination = destination;
        this.url = url;
        this.size = size;
    }

    @Override
    String begin() {
        return new TraceLine.Started(destination, url, size).text();
    }

    @Override
    String report(long bytes, long elapsedNanos) {
        return new TraceLine.Progress(destination, url, size, bytes).text();
    }

    @Override
    String end(long bytes, long elapsedNanos) {
        long total = size.orElse(bytes);
        return report(total, elapsedNanos) + new TraceLine.Succeeded(destination, url, total).text() + "\n";
    }

    /** There is no line for a failure: a download that is given up has "succeeded" with what it got. */
    @Override
    String abort(long bytes) {
        return new TraceLine.Succeeded(destination, url, bytes).text();
    }
}
