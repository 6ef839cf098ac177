// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.util.Optional;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/**
 * A build that a trusted narinfo names.
 *
 * @param size as the narinfo says it, when its signature covers that
 */
public record KnownBuild(StorePath path, NarHash nar, Optional<NarSize> size) {}
