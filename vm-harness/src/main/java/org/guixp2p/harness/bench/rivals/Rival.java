// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Another way to get a file from where it is. */
public sealed interface Rival permits CurlRival, SwarmRival {
    /** All that there are. */
    List<String> NAMES = List.of("curl", "curl-tee", "aria2c", "libtorrent");

    /** One of {@link #NAMES}. */
    String name();

    /** What is not installed that it needs; nothing when it can run. */
    Optional<String> missing();

    /**
     * Fetches the file once, checks it, and deletes it.
     *
     * @return seconds from the request until it is there, verified
     * @throws IOException when it does not come, or is not what it should be
     */
    double fetch(Course course) throws IOException, InterruptedException;

    /** The rival of that name. */
    static Rival named(String name) {
        return switch (name) {
            case "curl" -> new CurlRival(false);
            case "curl-tee" -> new CurlRival(true);
            case "aria2c" -> new SwarmRival(new Aria2());
            case "libtorrent" -> new SwarmRival(new Libtorrent());
            default -> throw new IllegalArgumentException(name);
        };
    }
}
