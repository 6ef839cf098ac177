// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.ledger;

/** Whether an item's tree is what was registered. Written to disk by its place here. */
public enum Tree {
    /** It was not hashed yet. */
    UNKNOWN(0),
    /** It had its NarHash. */
    WHOLE(1),
    /** It had another one, or can be no NAR. */
    DAMAGED(2);

    private final int code;

    Tree(int code) {
        this.code = code;
    }

    /** How it is written. */
    public int code() {
        return code;
    }
}
