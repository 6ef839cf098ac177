// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;

/** How a gateway describes itself (UPnP Device Architecture 1.1, section 2.3): what it does, and where it is told to. */
public final class IgdDescription {
    /** Longest description that is read. */
    public static final int MAX_BYTES = SmallXml.MAX_BYTES;

    private static final int MAX_SERVICES = 64;
    /** The best first (UPnP InternetGatewayDevice 1.0 and 2.0). */
    private static final List<String> MAPPING = List.of("urn:schemas-upnp-org:service:WANIPConnection:2",
            "urn:schemas-upnp-org:service:WANIPConnection:1", "urn:schemas-upnp-org:service:WANPPPConnection:1");

    /**
     * What maps ports.
     *
     * @param type its name, of which a question has to remind it
     * @param control where it is asked
     */
    public record Service(String type, URI control) {}

    private String type = "";
    private String control = "";
    private final List<String[]> services = new ArrayList<>();

    private IgdDescription() {}

    /**
     * Reads a description.
     *
     * @param from where it was
     * @return what maps ports, the best first; on the same host as the description
     * @throws FormatException when it is none, or leads elsewhere
     */
    public static List<Service> read(byte[] document, URI from) throws FormatException {
        IgdDescription description = new IgdDescription();
        SmallXml.read(document, description::ended);
        List<Service> found = new ArrayList<>();
        for (String[] service : description.services) {
            found.add(new Service(service[0], on(from, service[1])));
        }
        found.sort(Comparator.comparingInt(service -> MAPPING.indexOf(service.type)));
        return List.copyOf(found);
    }

    private void ended(String name, String text) throws FormatException {
        switch (name) {
            case "serviceType" -> type = text;
            case "controlURL" -> control = text;
            case "service" -> {
                if (MAPPING.contains(type)) {
                    if (services.size() == MAX_SERVICES) {
                        throw new FormatException("UPnP: more than " + MAX_SERVICES + " services");
                    }
                    services.add(new String[]{type, control});
                }
                type = "";
                control = "";
            }
            default -> {
                // The maker's name, pictures of the device.
            }
        }
    }

    private static URI on(URI from, String control) throws FormatException {
        URI resolved;
        try {
            resolved = Ssdp.address(from.resolve(control).toString());
        } catch (IllegalArgumentException e) {
            throw new FormatException("UPnP: no URI: " + FormatException.quote(control), e);
        }
        if (!Optional.ofNullable(resolved.getHost()).equals(Optional.ofNullable(from.getHost()))) {
            throw new FormatException("UPnP: a service on another machine: " + FormatException.quote(control));
        }
        return resolved;
    }
}
