// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.swarm;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Locale;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * A host, not yet resolved, and a TCP or UDP port: {@code HOST:PORT}, with an IPv6 address in brackets (RFC 3986, section
 * 3.2.2). Nothing here asks the DNS.
 *
 * <p>An address has one spelling here, however it was written: IPv6 as RFC 5952 wants it, and an IPv4-mapped one (RFC 4291,
 * section 2.5.5.2) as the IPv4 address that it stands for.
 *
 * @param host an IPv4 address in dotted decimal, an IPv6 address without brackets and zone, or a lower-case DNS name
 * @param port from 0 to 65,535; 0 means "any free port" and makes sense only to listen on
 */
public record HostAndPort(String host, int port) {
    /** Longest DNS name in characters (RFC 1035). */
    public static final int MAX_HOST_LENGTH = 253;
    private static final int MAX_LABEL_LENGTH = 63;
    private static final int MAX_GROUP_LENGTH = 4;
    private static final int MAX_PORT = 65_535;

    public HostAndPort {
        String wrong = hostFault(host);
        if (wrong != null) {
            throw new IllegalArgumentException(wrong);
        }
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port out of range: " + port);
        }
        host = host.indexOf(':') >= 0 ? spelt(Inet6Address.ofLiteral(host)) : host.toLowerCase(Locale.ROOT);
    }

    /**
     * Of an address that a socket has. A link-local one (RFC 4007, section 11) comes with a zone, which means nothing on
     * another machine and has no place here.
     */
    public static HostAndPort of(InetAddress address, int port) {
        return new HostAndPort(spelt(address), port);
    }

    /** The JDK gives an {@link java.net.Inet4Address} for a mapped one. */
    private static String spelt(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return address.getHostAddress();
        }
        int[] groups = new int[bytes.length / 2];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
        }
        // The longest run of at least two zeros is left out, the first of equal ones.
        int gap = groups.length;
        int gapLength = 1;
        for (int i = 0; i < groups.length; i++) {
            int length = 0;
            while (i + length < groups.length && groups[i + length] == 0) {
                length++;
            }
            if (length > gapLength) {
                gap = i;
                gapLength = length;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < groups.length; i++) {
            if (i == gap) {
                text.append("::");
                i += gapLength - 1;
            } else {
                boolean first = text.isEmpty() || text.charAt(text.length() - 1) == ':';
                text.append(first ? "" : ":").append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    /**
     * Reads {@code HOST:PORT} or {@code [IPV6]:PORT}.
     *
     * @throws FormatException when it is anything else
     */
    public static HostAndPort parse(String text) throws FormatException {
        if (text.length() > MAX_HOST_LENGTH + 8) {
            throw fault(text);
        }
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw fault(text);
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.length() > 2 && host.charAt(0) == '[' && host.charAt(host.length() - 1) == ']';
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        if (bracketed != (host.indexOf(':') >= 0)) {
            throw fault(text);
        }
        String wrong = hostFault(host);
        if (wrong != null) {
            throw new FormatException(wrong);
        }
        return new HostAndPort(host, parsePort(text.substring(colon + 1), text));
    }

    private static int parsePort(String digits, String whole) throws FormatException {
        boolean decimal = !digits.isEmpty() && digits.length() <= 5
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!decimal || (digits.length() > 1 && digits.charAt(0) == '0') || Integer.parseInt(digits) > MAX_PORT) {
            throw new FormatException("a port from 0 to 65535 expected after the last colon, found "
                    + FormatException.quote(whole));
        }
        return Integer.parseInt(digits);
    }

    private static FormatException fault(String text) {
        return new FormatException("HOST:PORT expected, with an IPv6 address in brackets, found "
                + FormatException.quote(text));
    }

    private static @Nullable String hostFault(String host) {
        if (host.indexOf(':') >= 0) {
            return isIpv6(host) ? null : "not an IPv6 address: " + FormatException.quote(host);
        }
        if (!host.isEmpty() && host.chars().allMatch(c -> (c >= '0' && c <= '9') || c == '.')) {
            return isIpv4(host) ? null : "not an IPv4 address: " + FormatException.quote(host);
        }
        return isDnsName(host) ? null : "not a host name: " + FormatException.quote(host);
    }

    private static boolean isIpv6(String host) {
        if (host.length() > 45 || host.indexOf('%') >= 0 || host.indexOf('[') >= 0) {
            return false;
        }
        // The JDK takes any number of leading zeros.
        for (String group : host.split(":", -1)) {
            if (group.indexOf('.') >= 0 ? !isIpv4(group) : group.length() > MAX_GROUP_LENGTH) {
                return false;
            }
        }
        try {
            var _ = Inet6Address.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isIpv4(String host) {
        String[] octets = host.split("\\.", -1);
        if (octets.length != 4) {
            return false;
        }
        for (String octet : octets) {
            boolean plain = !octet.isEmpty() && octet.length() <= 3 && (octet.length() == 1 || octet.charAt(0) != '0')
                    && octet.chars().allMatch(c -> c >= '0' && c <= '9');
            if (!plain || Integer.parseInt(octet) > 255) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDnsName(String host) {
        if (host.isEmpty() || host.length() > MAX_HOST_LENGTH) {
            return false;
        }
        for (String label : host.split("\\.", -1)) {
            boolean shaped = !label.isEmpty() && label.length() <= MAX_LABEL_LENGTH && label.charAt(0) != '-'
                    && label.charAt(label.length() - 1) != '-';
            if (!shaped || !label.chars().allMatch(HostAndPort::isLabelCharacter)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLabelCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    /** {@code HOST:PORT}, brackets around an IPv6 address. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
