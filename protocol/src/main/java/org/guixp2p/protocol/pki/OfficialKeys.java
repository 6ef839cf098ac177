// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.pki;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The public keys of the official substitute servers, which come with Guix ({@code etc/substitutes/}): what they have
 * signed is public, so they are the default of {@code public_keys}.
 */
public final class OfficialKeys {
    private static final List<String> FILES = List.of("bordeaux.guix.gnu.org.pub", "berlin.guix.gnu.org.pub");

    private OfficialKeys() {}

    /** The keys of bordeaux and of berlin, which also stands behind ci.guix.gnu.org. */
    public static List<PublicKey> all() {
        return FILES.stream().map(OfficialKeys::read).toList();
    }

    private static PublicKey read(String file) {
        try (InputStream in = OfficialKeys.class.getResourceAsStream("official/" + file)) {
            if (in == null) {
                throw new IllegalStateException("key missing from the program: " + file);
            }
            return PublicKey.parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("key unreadable in the program: " + file, e);
        }
    }
}
