// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

/** Whether an item's tree is what was registered. Written to disk by its place here. */
public enum Tree {
    /** It was not hashed yet. */
    UNKNOWN,
    /** It had its NarHash. */
    WHOLE,
    /** It had another one, or can be no NAR. */
    DAMAGED
}
