// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.http;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/**
 * Whom a connection is with (RFC 6454).
 *
 * @param host without the brackets of an IPv6 address
 */
record Origin(boolean secure, String host, int port) {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    /**
     * The origin of an http or https URL.
     *
     * @throws HttpFaultException when there is nothing to connect to
     */
    static Origin of(URI uri) throws HttpFaultException {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        String host = uri.getHost();
        boolean secure = scheme.equals("https");
        if ((!secure && !scheme.equals("http")) || host == null || uri.getPort() == 0 || uri.getPort() > 0xffff) {
            throw new HttpFaultException(new HttpFault.Unreachable("not an http or https URL: " + uri));
        }
        if (uri.getRawUserInfo() != null) {
            throw new HttpFaultException(new HttpFault.Unreachable("a URL with a user: " + uri.getHost()));
        }
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host.toLowerCase(Locale.ROOT);
        return new Origin(secure, bare, uri.getPort() == -1 ? (secure ? HTTPS : HTTP) : uri.getPort());
    }

    /** The value of a {@code Host} header. */
    String authority() {
        String name = host.contains(":") ? "[" + host + "]" : host;
        return port == (secure ? HTTPS : HTTP) ? name : name + ":" + port;
    }

    /** Whether the host is written as an address of this machine or of a private network, or as {@code localhost}. */
    boolean isPrivate() {
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        if (name.equals("localhost") || name.endsWith(".localhost")) {
            return true;
        }
        return literal(name).filter(address -> address.isLoopbackAddress() || address.isSiteLocalAddress()
                || address.isLinkLocalAddress() || address.isAnyLocalAddress() || address.isMulticastAddress()
                || isUniqueLocal(address)).isPresent();
    }

    private static Optional<InetAddress> literal(String name) {
        try {
            return Optional.of(InetAddress.ofLiteral(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean isUniqueLocal(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
    }

    @Override
    public String toString() {
        return (secure ? "https://" : "http://") + authority();
    }
}
