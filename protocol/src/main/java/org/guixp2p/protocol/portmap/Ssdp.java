// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import org.guixp2p.protocol.FormatException;

/** How devices of UPnP are searched for: HTTP's form in datagrams (UPnP Device Architecture 1.1, section 1.3). */
public final class Ssdp {
    /** Longest datagram that is read. */
    public static final int MAX_BYTES = 2048;
    /** The multicast address at which devices listen, and its port. */
    public static final String ADDRESS = "239.255.255.250";
    public static final int PORT = 1900;
    /** What is searched for. A device of version 2 answers to version 1 too, but not all do. */
    public static final List<String> GATEWAYS = List.of("urn:schemas-upnp-org:device:InternetGatewayDevice:2",
            "urn:schemas-upnp-org:device:InternetGatewayDevice:1");

    private static final int MAX_LINES = 64;

    private Ssdp() {}

    /**
     * Searches.
     *
     * @param target one of {@link #GATEWAYS}
     */
    public static byte[] search(String target) {
        return ("M-SEARCH * HTTP/1.1\r\nHOST: " + ADDRESS + ":" + PORT + "\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: "
                + target + "\r\n\r\n").getBytes(US_ASCII);
    }

    /**
     * Reads an answer.
     *
     * @return where the device describes itself: an {@code http} URI with an address of IPv4 for its host
     * @throws FormatException when it is none, or leads elsewhere
     */
    public static URI location(byte[] datagram) throws FormatException {
        if (datagram.length > MAX_BYTES) {
            throw new FormatException("SSDP: an answer of " + datagram.length + " bytes");
        }
        String[] lines = new String(datagram, US_ASCII).split("\r\n", MAX_LINES + 1);
        if (lines.length > MAX_LINES || !lines[0].matches("HTTP/1\\.[01] 200( .*)?")) {
            throw new FormatException("SSDP: 'HTTP/1.1 200 OK' expected, found " + FormatException.quote(lines[0]));
        }
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).strip().toLowerCase(Locale.ROOT).equals("location")) {
                return address(line.substring(colon + 1).strip());
            }
        }
        throw new FormatException("SSDP: an answer without LOCATION");
    }

    /** An address of the web that needs no name to be looked up. */
    static URI address(String text) throws FormatException {
        try {
            URI uri = new URI(text);
            boolean plain = "http".equals(uri.getScheme()) && uri.getHost() != null
                    && uri.getHost().matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}") && uri.getUserInfo() == null
                    && uri.getPort() != 0 && uri.getPort() <= 65_535;
            if (plain) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new FormatException("not a URI: " + FormatException.quote(text), e);
        }
        throw new FormatException("http://IPV4-ADDRESS expected, found " + FormatException.quote(text));
    }
}
