// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.store;

import java.util.concurrent.CompletionStage;
import org.guixp2p.persistence.ledger.Gate;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;

/** Says whether a build is public. */
@FunctionalInterface
public interface Gatekeeper {
    /** Never fails; unknown when nobody could be asked. */
    CompletionStage<Gate> gate(StorePath path, NarHash hash);
}
