// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.portmap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said to a gateway of UPnP, and what it says. */
class IgdTest {
    private static final URI FROM = URI.create("http://192.168.1.1:5000/rootDesc.xml");
    private static final String WAN_IP = "urn:schemas-upnp-org:service:WANIPConnection:1";

    private static URI location(String text) throws FormatException {
        return Ssdp.location(text.getBytes(US_ASCII));
    }

    private static String described(String control, String type) {
        return "<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\"><device><deviceList><device>"
                + "<serviceList><service><serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType>"
                + "<controlURL>/l3f</controlURL></service><service><serviceType> " + type + "\n</serviceType>"
                + "<controlURL>" + control
                + "</controlURL></service></serviceList></device></deviceList></device></root>";
    }

    private static List<IgdDescription.Service> services(String document) throws FormatException {
        return IgdDescription.read(document.getBytes(UTF_8), FROM);
    }

    // The search.

    @Test
    void aSearchIsAsTheArchitectureWantsIt() {
        assertEquals("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n"
                + "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:2\r\n\r\n",
                new String(Ssdp.search(Ssdp.GATEWAYS.getFirst()), US_ASCII));
    }

    @Test
    void anAnswerLeadsToADescription() throws FormatException {
        assertEquals(FROM, location("HTTP/1.1 200 OK\r\nST: x\r\nlocation:" + FROM + "  \r\n\r\n"));
        assertEquals(FROM, location("HTTP/1.0 200\r\nLOCATION: " + FROM));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 404 Not Found\r\nLOCATION: http://192.168.1.1/\r\n", "NOTIFY * HTTP/1.1\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nLOCATION:\r\n",
        "HTTP/1.1 200 OK\r\nLOCATION: https://192.168.1.1/\r\n",
        "HTTP/1.1 200 OK\r\nLOCATION: http://router.example/\r\n",
        "HTTP/1.1 200 OK\r\nLOCATION: file:///etc/passwd\r\n",
        "HTTP/1.1 200 OK\r\nLOCATION: http://a@192.168.1.1/\r\n", "HTTP/1.1 200 OK\r\nLOCATION: http://[::1]/\r\n",
        "HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1:99999/\r\n",
        "HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1:0/\r\n",
        "HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1/ x\r\n"})
    void whatLeadsElsewhereIsNoAnswer(String text) {
        assertThrows(FormatException.class, () -> location(text));
    }

    @Test
    void noSearchHasAnAnswerOfInvalidLength() {
        String good = "HTTP/1.1 200 OK\r\nLOCATION: " + FROM + "\r\n";
        assertThrows(FormatException.class, () -> location(good + "X: y\r\n".repeat(100)));
        assertThrows(FormatException.class, () -> location(good + "x".repeat(Ssdp.MAX_BYTES)));
    }

    // The description.

    @Test
    void whatMapsPortsIsFoundTheBestFirst() throws FormatException {
        assertEquals(List.of(new IgdDescription.Service(WAN_IP, URI.create("http://192.168.1.1:5000/ctl/IPConn"))),
                services(described("/ctl/IPConn", WAN_IP)));
        assertEquals("http://192.168.1.1:80/x",
                services(described("http://192.168.1.1:80/x", WAN_IP)).getFirst().control().toString());
        assertEquals(List.of(), services(described("/x", "urn:schemas-upnp-org:service:WANIPConnection:9")));
        String two = "<root><service><serviceType>urn:schemas-upnp-org:service:WANPPPConnection:1</serviceType>"
                + "<controlURL>/ppp</controlURL></service><service><controlURL>/ip</controlURL><serviceType>" + WAN_IP
                + "</serviceType></service></root>";
        assertEquals(List.of("/ip", "/ppp"),
                services(two).stream().map(service -> service.control().getPath()).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://192.168.1.9/x", "https://192.168.1.1/x", "//evil.example/x", "http://[",
        "mailto:a"})
    void aServiceElsewhereIsRefused(String control) {
        assertThrows(FormatException.class, () -> services(described(control, WAN_IP)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "<root>", "<root></boot>", "<root>&unknown;</root>", "<root/><root/>",
        "<!DOCTYPE r [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><root><serviceType>&a;</serviceType></root>",
        "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><root>&b;</root>"})
    void whatIsNoDocumentIsRefused(String document) {
        assertThrows(FormatException.class, () -> services(document));
    }

    @Test
    void noDescriptionIsOfInvalidLengthOrDepth() {
        assertThrows(FormatException.class,
                () -> services("<root>" + " ".repeat(IgdDescription.MAX_BYTES) + "</root>"));
        assertThrows(FormatException.class, () -> services("<a>".repeat(30) + "</a>".repeat(30)));
        assertThrows(FormatException.class, () -> services(
                "<root>" + ("<service><serviceType>" + WAN_IP + "</serviceType></service>").repeat(65) + "</root>"));
    }

    // The actions.

    private static IgdAction.Result read(IgdAction action, String document) throws FormatException {
        return action.read(document.getBytes(UTF_8));
    }

    private static String answer(String body) {
        return "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
                + body
                + "</s:Body></s:Envelope>";
    }

    @Test
    void aMappingIsAskedForInTheArgumentsOrder() {
        IgdAction action = IgdAction.map(new MappingRequest(Transport.UDP, 6881, 7000, 60), "192.168.1.2", 3600);
        String body = new String(action.body(WAN_IP), UTF_8);
        assertTrue(body.contains("<u:AddPortMapping xmlns:u=\"" + WAN_IP + "\"><NewRemoteHost></NewRemoteHost>"
                + "<NewExternalPort>7000</NewExternalPort><NewProtocol>UDP</NewProtocol><NewInternalPort>6881</NewInternalPort>"
                + "<NewInternalClient>192.168.1.2</NewInternalClient><NewEnabled>1</NewEnabled>"
                + "<NewPortMappingDescription>guix-p2p</NewPortMappingDescription>"
                + "<NewLeaseDuration>3600</NewLeaseDuration></u:AddPortMapping>"), body);
        assertEquals("\"" + WAN_IP + "#AddPortMapping\"", action.header(WAN_IP));
        String unmapped = new String(IgdAction.unmap(new MappingRequest(Transport.TCP, 1, 7000, 0)).body(WAN_IP),
                UTF_8);
        assertTrue(unmapped.contains("<NewRemoteHost></NewRemoteHost><NewExternalPort>7000</NewExternalPort>"
                + "<NewProtocol>TCP</NewProtocol></u:DeletePortMapping>"), unmapped);
    }

    @Test
    void answersAreRead() throws FormatException {
        IgdAction action = IgdAction.externalAddress();
        IgdAction.Result result = read(action, answer("<u:GetExternalIPAddressResponse xmlns:u=\"" + WAN_IP
                + "\"><NewExternalIPAddress>203.0.113.5</NewExternalIPAddress></u:GetExternalIPAddressResponse>"));
        assertEquals(Optional.empty(), result.error());
        assertEquals("203.0.113.5", result.values().get("NewExternalIPAddress"));
        assertEquals(new IgdAction.Result(Map.of(), Optional.of(IgdAction.CONFLICT)), read(action,
                answer("<s:Fault><faultcode>s:Client</faultcode><detail><UPnPError xmlns=\"urn:x\"><errorCode>718</errorCode>"
                        + "</UPnPError></detail></s:Fault>")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<u:OtherResponse xmlns:u=\"x\"/>", "<errorCode></errorCode>",
        "<errorCode>-1</errorCode>",
        "<errorCode>9999999</errorCode>", "<errorCode>&#55;&#x31;x</errorCode>"})
    void whatIsNoAnswerIsRefused(String body) {
        assertThrows(FormatException.class, () -> read(IgdAction.externalAddress(), answer(body)));
    }

    @Test
    void noAnswerIsOfInvalidLength() {
        assertThrows(FormatException.class,
                () -> read(IgdAction.externalAddress(), answer(" ".repeat(IgdAction.MAX_BYTES))));
    }
}
