// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.narinfo;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;

/**
 * The address of a substitute server, in one spelling, so that two ways of writing it are one server.
 *
 * @param uri http or https, host in lower case, the scheme's own port left out, no slash at the end, no user, query or
 *            fragment
 */
public record ServerUrl(URI uri) {
    private static final int MAX_LENGTH = 2048;

    public ServerUrl {
        try {
            uri = normalised(uri);
        } catch (FormatException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * Reads a server's URL as a user writes it.
     *
     * @throws FormatException when it is not an http or https URL of a host, or carries a user, a query or a fragment
     */
    public static ServerUrl parse(String url) throws FormatException {
        try {
            return new ServerUrl(normalised(new URI(url)));
        } catch (URISyntaxException e) {
            throw new FormatException("substitute server: not a URL: " + FormatException.quote(url), e);
        }
    }

    private static URI normalised(URI uri) throws FormatException {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        String host = uri.getHost();
        boolean web = scheme.equals("http") || scheme.equals("https");
        if (!web || host == null || uri.getRawUserInfo() != null || uri.getRawQuery() != null
                || uri.getRawFragment() != null || uri.getPort() == 0 || uri.getPort() > 65535
                || uri.toString().length() > MAX_LENGTH || !isAscii(uri)) {
            throw new FormatException("substitute server: http://HOST or https://HOST expected, found "
                    + FormatException.quote(uri.toString()));
        }
        int own = scheme.equals("http") ? 80 : 443;
        String port = uri.getPort() == -1 || uri.getPort() == own ? "" : ":" + uri.getPort();
        String path = uri.getRawPath();
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return URI.create(scheme + "://" + host.toLowerCase(Locale.ROOT) + port + path.substring(0, end));
    }

    private static boolean isAscii(URI uri) {
        return uri.toString().chars().allMatch(c -> c < 0x80);
    }

    /** Where the server keeps the narinfo of {@code item}. */
    public URI narinfo(StorePath item) {
        return URI.create(uri + "/" + item.hashPart() + ".narinfo");
    }

    /** The URL. */
    @Override
    public String toString() {
        return uri.toString();
    }
}
