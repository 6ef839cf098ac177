// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;

/** Tells one answer from another (RFC 9110, section 8.8.3). */
final class EntityTag {
    private static final int BYTES = 16;

    private EntityTag() {}

    /** That of a body. */
    static String of(byte[] body) {
        return of(body, Map.of());
    }

    /** That of a body, and of what headers say besides: whoever has the one knows the other. */
    static String of(byte[] body, Map<String, String> headers) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(body);
            headers.forEach((name, value) -> digest.update((name + value).getBytes(StandardCharsets.UTF_8)));
            byte[] hash = digest.digest();
            return '"' + HexFormat.of().formatHex(hash, 0, BYTES) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Whether the value of {@code If-None-Match} has it. */
    static boolean isAmong(String tag, String known) {
        return known.strip().equals("*") || Stream.of(known.split(","))
                .map(one -> one.strip().replaceFirst("^W/", "")).anyMatch(tag::equals);
    }
}
