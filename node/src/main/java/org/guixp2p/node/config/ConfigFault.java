// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

/**
 * One thing wrong with the settings.
 *
 * @param place {@code FILE:LINE}, or the command-line option
 * @param key the setting, or empty when the file cannot be read that far
 * @param problem what was expected and what stands there instead, on one line
 */
public record ConfigFault(String place, String key, String problem) {
    /** {@code PLACE: KEY: PROBLEM}. */
    @Override
    public String toString() {
        return key.isEmpty() ? place + ": " + problem : place + ": " + key + ": " + problem;
    }
}
