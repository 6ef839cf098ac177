// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.testing;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import org.guixp2p.persistence.mirrors.Mirrors;

/** What is known of servers, without a disk. */
public final class TestMirrors {
    private TestMirrors() {}

    /** Nothing is known yet. */
    public static Mirrors unknown() {
        return unknown(InstantSource.system());
    }

    /** The same at times of a test's choice. */
    public static Mirrors unknown(InstantSource clock) {
        return Mirrors.open(Path.of("/nonexistent"), clock, new SplittableRandom(1), List.of());
    }
}
