// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;

/**
 * What a gateway of UPnP is told to do, in SOAP's form (UPnP Device Architecture 1.1, section 3; UPnP WANIPConnection 1.0).
 *
 * @param name of the action
 * @param arguments in their order, by name; none of them needs to be quoted in XML
 */
public record IgdAction(String name, Map<String, String> arguments) {
    /** Longest answer that is read. */
    public static final int MAX_BYTES = 16 << 10;
    /** The port is mapped to another machine. */
    public static final int CONFLICT = 718;
    /** Some map until they are told otherwise, or not at all. */
    public static final int ONLY_PERMANENT = 725;

    public IgdAction {
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }

    /**
     * It has been done, or not.
     *
     * @param values what it tells, by name
     * @param error its number, when it was not done
     */
    public record Result(Map<String, String> values, Optional<Integer> error) {}

    /** Asks where the router is seen from outside: {@code NewExternalIPAddress}. */
    public static IgdAction externalAddress() {
        return new IgdAction("GetExternalIPAddress", Map.of());
    }

    /**
     * Maps a port.
     *
     * @param request the port that is wanted is the one that there will be
     * @param client this machine's address
     * @param lifetimeSeconds 0 for ever
     */
    public static IgdAction map(MappingRequest request, String client, long lifetimeSeconds) {
        Map<String, String> arguments = named(request);
        arguments.put("NewInternalPort", Integer.toString(request.port()));
        arguments.put("NewInternalClient", client);
        arguments.put("NewEnabled", "1");
        arguments.put("NewPortMappingDescription", "guix-p2p");
        arguments.put("NewLeaseDuration", Long.toString(lifetimeSeconds));
        return new IgdAction("AddPortMapping", arguments);
    }

    /** Gives it up. */
    public static IgdAction unmap(MappingRequest request) {
        return new IgdAction("DeletePortMapping", named(request));
    }

    private static Map<String, String> named(MappingRequest request) {
        Map<String, String> arguments = new LinkedHashMap<>();
        arguments.put("NewRemoteHost", "");
        arguments.put("NewExternalPort", Integer.toString(request.wanted()));
        arguments.put("NewProtocol", request.transport().name());
        return arguments;
    }

    /** The value of the header {@code SOAPAction}. */
    public String header(String service) {
        return "\"" + service + "#" + name + "\"";
    }

    /** The body. */
    public byte[] body(String service) {
        StringBuilder text = new StringBuilder("<?xml version=\"1.0\"?>\r\n"
                + "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\""
                + " s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:")
                .append(name).append(" xmlns:u=\"").append(service).append("\">");
        arguments.forEach((argument, value) -> text.append('<').append(argument).append('>').append(value).append("</")
                .append(argument).append('>'));
        return text.append("</u:").append(name).append("></s:Body></s:Envelope>\r\n").toString().getBytes(UTF_8);
    }

    /**
     * Reads the answer.
     *
     * @throws FormatException when it is none
     */
    public Result read(byte[] document) throws FormatException {
        if (document.length > MAX_BYTES) {
            throw new FormatException("UPnP: an answer of " + document.length + " bytes");
        }
        Map<String, String> values = new HashMap<>();
        SmallXml.read(document, values::put);
        String code = values.get("errorCode");
        if (code != null) {
            return new Result(Map.of(), Optional.of(number(code)));
        }
        if (!values.containsKey(name + "Response")) {
            throw new FormatException("UPnP: no answer to " + name);
        }
        return new Result(Map.copyOf(values), Optional.empty());
    }

    private static int number(String code) throws FormatException {
        if (!code.matches("[0-9]{1,6}")) {
            throw new FormatException("UPnP: an error's number expected, found " + FormatException.quote(code));
        }
        return Integer.parseInt(code);
    }
}
