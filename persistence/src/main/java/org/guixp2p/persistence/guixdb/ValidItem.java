// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.guixdb;

import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;

/**
 * A valid store item as the database knows it: whoever registered it said so, and nobody has looked since.
 *
 * @param id of its registration; a path that was collected and is registered again gets a higher one
 * @param registered when, in seconds since 1970
 */
public record ValidItem(long id, StorePath path, NarHash hash, NarSize size, long registered) {}
