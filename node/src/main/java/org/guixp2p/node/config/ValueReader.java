// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import com.typesafe.config.ConfigValue;

/** Turns one value into its type. */
@FunctionalInterface
interface ValueReader<T> {
    /**
     * Reads {@code value}, which stands under {@code key}.
     *
     * @throws ConfigException with every fault of the value
     */
    T read(String key, ConfigValue value) throws ConfigException;
}
