// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.seed;

import java.io.IOException;
import java.util.Optional;
import org.guixp2p.persistence.nar.KeptNar;

/** Looks whether a NAR that an earlier run kept is whole, as far as that is seen from beside it, and public. */
public interface KeptProver {
    /**
     * Blocks.
     *
     * @return what may be offered, if it may be given to others
     * @throws IOException when that cannot be found out for now
     */
    Optional<Seeds.AddKept> look(KeptNar nar) throws IOException;
}
