// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.pki.GuixSignature;
import org.guixp2p.protocol.pki.Sexp;

/**
 * The value of a {@code Signature} field: {@code 1;HOST;BASE64} (Guix: {@code narinfo-signature->canonical-sexp}).
 *
 * @param host what the signer calls its machine; nothing vouches for it
 */
public record NarinfoSignature(String host, GuixSignature signature) {
    private static final int MAX_HOST = 255;
    /** An RSA-8192 key and signature take 5 KiB in base64; libgcrypt's blanks may double that. */
    static final int MAX_LENGTH = 32 * 1024;

    public NarinfoSignature {
        if (!isHost(host)) {
            throw new IllegalArgumentException("not a host name: " + FormatException.quote(host));
        }
    }

    /**
     * Reads the value of a {@code Signature} field.
     *
     * @throws FormatException when it is not version 1, not base64, or no s-expression
     */
    public static NarinfoSignature parse(String value) throws FormatException {
        if (value.length() > MAX_LENGTH) {
            throw new FormatException("narinfo signature: longer than " + MAX_LENGTH + " characters");
        }
        String[] parts = value.split(";", -1);
        if (parts.length != 3) {
            throw new FormatException("narinfo signature: 1;HOST;BASE64 expected");
        }
        if (!parts[0].equals("1")) {
            throw new FormatException("narinfo signature: version " + FormatException.quote(parts[0]) + " and not 1");
        }
        if (!isHost(parts[1])) {
            throw new FormatException("narinfo signature: not a host name: " + FormatException.quote(parts[1]));
        }
        byte[] payload;
        try {
            payload = Base64.getDecoder().decode(parts[2]);
        } catch (IllegalArgumentException e) {
            throw new FormatException("narinfo signature: not base64", e);
        }
        return new NarinfoSignature(parts[1], new GuixSignature(Sexp.parse(written(payload))));
    }

    /**
     * What libgcrypt wrote. A value that it takes for text it writes as such, byte by byte, and Guix has each byte for a character, and
     * these as UTF-8 in the signature (Guix: {@code guix/pk-crypto.scm}, {@code canonical-sexp->string}).
     */
    private static byte[] written(byte[] payload) {
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
            return text.chars().allMatch(character -> character <= 0xff) ? text.getBytes(ISO_8859_1) : payload;
        } catch (CharacterCodingException e) {
            return payload;
        }
    }

    private static boolean isHost(String host) {
        return host.length() <= MAX_HOST && host.indexOf(';') < 0 && Words.isPrintable(host);
    }

    /** The value as {@code guix publish} writes it. */
    String value() {
        return "1;" + host + ";" + Base64.getEncoder().encodeToString(signature.sexp().advanced());
    }
}
