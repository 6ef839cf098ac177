// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

/** Whether an item may be given to strangers. Written to disk by its place here. */
public enum Gate {
    /** Nobody was asked yet, or nobody has answered. */
    UNKNOWN,
    /** A public key has signed it with its NarHash. */
    PUBLIC,
    /** No server has it. */
    ABSENT,
    /** Servers have another build of it. */
    OTHER
}
