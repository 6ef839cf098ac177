// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

import org.guixp2p.protocol.item.NarHash;

/**
 * A store item as it was registered once: built again at the same path it is another one.
 *
 * @param id of its registration
 * @param registered when, in seconds since 1970
 */
public record Registration(long id, long registered, NarHash hash) {}
