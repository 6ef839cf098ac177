// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.testing;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.guixp2p.node.config.ByteSize;
import org.guixp2p.node.config.SeedQuota;
import org.guixp2p.node.seed.KeptShelf;
import org.guixp2p.node.seed.Seeds;
import org.guixp2p.persistence.nar.Demand;
import org.guixp2p.protocol.item.NarHash;

/** What keeps NARs, for tests of something else. */
public final class TestShelf {
    private TestShelf() {}

    /** One that never wants room. */
    public static KeptShelf unbounded(Path stateDirectory) {
        return new KeptShelf(new KeptShelf.Policy(new SeedQuota(new ByteSize(0), 1), () -> Long.MAX_VALUE / 2,
                Demand.open(stateDirectory, InstantSource.system()), nar -> 0, path -> false),
                new KeptShelf.Offering() {
                    @Override
                    public CompletionStage<Boolean> letGo(NarHash nar, boolean evenInUse) {
                        throw new AssertionError("room is wanted");
                    }

                    @Override
                    public CompletionStage<Set<NarHash>> spare(Set<NarHash> nars) {
                        throw new AssertionError("room is wanted");
                    }

                    @Override
                    public void giveBack(Seeds.Unproven nar) {
                        throw new AssertionError("room was wanted");
                    }
                });
    }
}
