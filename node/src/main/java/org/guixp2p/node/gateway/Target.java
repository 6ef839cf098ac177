// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a request line asks for (RFC 9112, section 3.2).
 *
 * @param raw path and query, as they were sent
 * @param path as it was sent, without the query
 * @param authority of the server, where it stands before the path
 */
record Target(String raw, String path, Optional<String> authority) {
    private static final String SCHEME = "http://";
    /** RFC 3986, section 3.3; in a query, brackets too, as Java takes them for URLs. */
    private static final Pattern PATH = Pattern.compile("/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]++|%[0-9A-Fa-f]{2})*+");
    private static final Pattern QUERY = Pattern
            .compile("(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\\[\\]-]++|%[0-9A-Fa-f]{2})*+");
    /** A host, be it an address of IPv6 in brackets, and maybe a port. */
    private static final Pattern AUTHORITY = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._~-]*)(?::[0-9]{0,5})?");
    private static final int HEX = 16;
    private static final int ESCAPED = 3;

    /** Reads one; nothing when it is malformed. */
    static Optional<Target> read(String text) {
        if (!text.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            // Of the server, not of a path of it: there are no options.
            return text.equals("*")
                    ? Optional.of(new Target(text, text, Optional.empty()))
                    : read(text, Optional.empty());
        }
        String rest = text.substring(SCHEME.length());
        int end = 0;
        while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
            end++;
        }
        String below = rest.substring(end);
        return read(below.startsWith("/") ? below : "/" + below, Optional.of(rest.substring(0, end)));
    }

    private static Optional<Target> read(String below, Optional<String> authority) {
        int query = below.indexOf('?');
        String path = query < 0 ? below : below.substring(0, query);
        return PATH.matcher(path).matches() && (query < 0 || QUERY.matcher(below.substring(query + 1)).matches())
                ? Optional.of(new Target(below, path, authority))
                : Optional.empty();
    }

    /** The host in the value of a {@code Host} header, in lower case and without the port; nothing when that is malformed. */
    static Optional<String> host(String authority) {
        Matcher match = AUTHORITY.matcher(authority);
        return match.matches() ? Optional.of(match.group(1).toLowerCase(Locale.ROOT)) : Optional.empty();
    }

    /** What stands between the path's slashes, decoded; nothing stands for nothing. */
    List<String> segments() {
        List<String> segments = new ArrayList<>();
        for (String segment : path.split("/", -1)) {
            if (!segment.isEmpty()) {
                segments.add(decoded(segment));
            }
        }
        return segments;
    }

    private static String decoded(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int at = 0; at < segment.length(); at++) {
            if (segment.charAt(at) == '%') {
                bytes.write(Integer.parseInt(segment, at + 1, at + ESCAPED, HEX));
                at += ESCAPED - 1;
            } else {
                bytes.write(segment.charAt(at));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
