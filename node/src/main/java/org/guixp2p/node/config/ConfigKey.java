// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/**
 * A setting.
 *
 * @param name as users write it
 * @param reader what makes it valid
 */
record ConfigKey<T>(String name, ValueReader<T> reader) {}
