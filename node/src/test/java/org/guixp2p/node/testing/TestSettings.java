// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.testing;

import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.guixp2p.node.http.HttpSettings;

/** Settings with the bounds that a test is about. */
public final class TestSettings {
    private TestSettings() {}

    public static HttpSettings of(Duration requestTimeout, Duration stallTimeout, int lookupConnections, int pipelined,
            int narConnections) {
        try {
            return new HttpSettings(requestTimeout, stallTimeout, Duration.ofSeconds(30), "guix-p2p-test",
                    SSLContext.getDefault(), lookupConnections, pipelined, narConnections);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
