// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.profiles;

import java.util.List;
import java.util.Locale;
import org.guixp2p.protocol.profile.ProfileManifest;

/**
 * A package that is installed.
 *
 * @param profile {@code system}, {@code user:NAME} or {@code home:NAME}
 */
public record InstalledPackage(String profile, ProfileManifest.Entry entry) {
    /** Stands for it in a list by name; no two have the same. */
    public String key() {
        return String.join(" ", entry.name(), entry.item().hashPart(), entry.output(), profile);
    }

    /** Whether each of these words, in lower case, stands somewhere in what is said of it. */
    public boolean has(List<String> words) {
        if (words.isEmpty()) {
            return true;
        }
        String all = String
                .join("\n", entry.name() + '@' + entry.version(), entry.output(), entry.item().path(), profile)
                .toLowerCase(Locale.ROOT);
        return words.stream().allMatch(all::contains);
    }
}
