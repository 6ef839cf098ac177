// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/**
 * A setting given on the command line.
 *
 * @param option the option as the user wrote it, for messages, such as {@code --set share=lan}
 * @param key the setting
 * @param value plain text; text in brackets or in double quotes is read as HOCON
 */
public record ConfigOverride(String option, String key, String value) {}
