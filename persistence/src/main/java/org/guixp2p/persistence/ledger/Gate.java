// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

/** Whether an item may be given to strangers. Written to disk by its code. */
public enum Gate {
    /** Nobody was asked yet, or nobody has answered. */
    UNKNOWN(0),
    /** A public key has signed it with its NarHash. */
    PUBLIC(1),
    /** No server has it. */
    ABSENT(2),
    /** Servers have another build of it. */
    OTHER(3),
    /** All who could be asked said no, and not all could be: not for long, and not for the disk. */
    PARTLY(4);

    private final int code;

    Gate(int code) {
        this.code = code;
    }

    /** How it is written. */
    public int code() {
        return code;
    }

    /** Whether it is worth remembering: nobody but those who could not be asked can change it soon. */
    public boolean isVerdict() {
        return this != UNKNOWN && this != PARTLY;
    }
}
