// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/**
 * A setting given on the command line.
 *
 * @param option the option as the user wrote it, for messages, such as {@code --set share=lan}
 * @param key the setting
 * @param value plain text; text in brackets or in double quotes is read as HOCON
 * @param adds whether the value is one more element of a list, rather than all of the setting
 */
public record ConfigOverride(String option, String key, String value, boolean adds) {
    /** One that takes the place of what the files say. */
    public static ConfigOverride set(String option, String key, String value) {
        return new ConfigOverride(option, key, value, false);
    }

    /** One more element of the list that the files give. */
    public static ConfigOverride add(String option, String key, String element) {
        return new ConfigOverride(option, key, element, true);
    }
}
