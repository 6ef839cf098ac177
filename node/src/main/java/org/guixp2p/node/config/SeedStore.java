// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/** Which items of the store are offered to others, besides those that the user names one by one. */
public enum SeedStore {
    /** None. */
    OFF,
    /** Those that a substitute server has too, signed by a public key and with the same NarHash. */
    PUBLIC,
    /** Every one, whether anybody else knows it or not. */
    ALL
}
