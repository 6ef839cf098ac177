// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import java.net.URI;
import java.net.URISyntaxException;
import org.guixp2p.protocol.FormatException;

/**
 * Where a narinfo says that a NAR lies: absolute, or relative to the server it came from.
 *
 * @param text a URI reference in printable ASCII, at most {@value #MAX_LENGTH} characters
 */
public record NarUrl(String text) {
    /** More than HTTP servers take. */
    public static final int MAX_LENGTH = 4096;

    public NarUrl {
        if (text.isEmpty() || text.length() > MAX_LENGTH || !Words.isPrintable(text)) {
            throw new IllegalArgumentException("not a URL: " + FormatException.quote(text));
        }
        URI.create(text);
    }

    /**
     * Reads the value of a {@code URL} field.
     *
     * @throws FormatException when it is no URI reference, or too long
     */
    public static NarUrl parse(String text) throws FormatException {
        try {
            return new NarUrl(text);
        } catch (IllegalArgumentException e) {
            throw new FormatException("narinfo: not a URL: " + FormatException.quote(text), e);
        }
    }

    /**
     * The whole URL, given that of the server: Guix puts a relative one below it, whether or not it ends in a slash.
     *
     * @throws FormatException when the two do not make a URI
     */
    public URI resolve(URI server) throws FormatException {
        try {
            URI own = new URI(text);
            if (own.isAbsolute()) {
                return own;
            }
            String base = server.toString();
            return new URI(base.endsWith("/") ? base + text : base + "/" + text);
        } catch (URISyntaxException e) {
            throw new FormatException("narinfo: no URL: " + FormatException.quote(text), e);
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
