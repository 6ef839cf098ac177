// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;

/**
 * Some of what is installed.
 *
 * @param unread names of profiles that could not be read now, as in {@link PackageStatus#profile}: of these there is what was known of
 *        them before, if anything
 */
public record PackagePage(Page<PackageStatus> page, List<String> unread) {
    public PackagePage {
        unread = List.copyOf(unread);
    }
}
