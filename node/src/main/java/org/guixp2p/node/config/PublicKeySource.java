// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.nio.file.Path;

/**
 * Where a public key stands that makes items public (the key itself is read by whoever verifies with it): what a key of
 * this list has signed may be shown to strangers.
 */
public sealed interface PublicKeySource {
    /** The keys of the official substitute servers, as Guix ships them in {@code etc/substitutes/}. */
    record Shipped() implements PublicKeySource {}

    /** A file holding one public-key s-expression, as {@code guix archive --generate-key} writes it. */
    record KeyFile(Path path) implements PublicKeySource {}

    /** The s-expression itself, beginning with a parenthesis. */
    record Inline(String sexp) implements PublicKeySource {}
}
