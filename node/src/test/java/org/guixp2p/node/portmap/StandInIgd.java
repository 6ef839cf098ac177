// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway of UPnP on loopback: SSDP, to one address, and HTTP. */
final class StandInIgd implements AutoCloseable {
    private static final String TYPE = "urn:schemas-upnp-org:service:WANIPConnection:1";

    final List<String> asked = new CopyOnWriteArrayList<>();
    /** What is mapped: transport and port, and to where for how long. */
    final Map<String, String> mapped = new ConcurrentHashMap<>();
    volatile String address = "203.0.113.5";
    /** Where it, or somebody in its name, says that it describes itself; before that another device answers. */
    volatile List<String> locations;
    volatile String description;
    volatile boolean onlyPermanent;
    /** The transport that it refuses to map. */
    volatile String refused = "";
    /** Answers go on for ever. */
    volatile boolean endless;
    private final DatagramSocket search;
    private final HttpServer http;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    StandInIgd() throws IOException {
        search = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        http.setExecutor(threads);
        locations = List.of("http://127.0.0.1:" + http.getAddress().getPort() + "/desc.xml");
        description = "<root><device><serviceList><service><serviceType>" + TYPE
                + "</serviceType><controlURL>/ctl</controlURL></service></serviceList></device></root>";
        http.createContext("/desc.xml", exchange -> answer(exchange, 200, description));
        http.createContext("/ctl", this::control);
        http.start();
        threads.execute(this::serve);
    }

    InetSocketAddress at() {
        return (InetSocketAddress) search.getLocalSocketAddress();
    }

    Route route() {
        return new Route(at().getAddress(), at().getAddress());
    }

    private void serve() {
        byte[] buffer = new byte[2048];
        while (!search.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                search.receive(packet);
                asked.add("search");
                say("HTTP/1.1 404 Not Found\r\n\r\n", packet.getSocketAddress());
                for (String location : locations) {
                    say("HTTP/1.1 200 OK\r\nLOCATION: " + location + "\r\n\r\n", packet.getSocketAddress());
                }
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void say(String text, SocketAddress to) throws IOException {
        byte[] answer = text.getBytes(US_ASCII);
        search.send(new DatagramPacket(answer, answer.length, to));
    }

    private void answer(HttpExchange exchange, int status, String body) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, endless ? 0 : body.getBytes(UTF_8).length);
            try (OutputStream out = exchange.getResponseBody()) {
                do {
                    out.write(body.getBytes(UTF_8));
                } while (endless);
            }
        }
    }

    private static String argument(String body, String name) {
        Matcher matcher = Pattern.compile("<" + name + ">([^<]*)</").matcher(body);
        return matcher.find() ? matcher.group(1) : "none";
    }

    private void control(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        String action = exchange.getRequestHeaders().getFirst("SOAPAction").replace("\"" + TYPE + "#", "").replace("\"",
                "");
        String port = argument(body, "NewProtocol") + " " + argument(body, "NewExternalPort");
        String to = argument(body, "NewInternalClient") + ":" + argument(body, "NewInternalPort") + " "
                + argument(body, "NewLeaseDuration");
        asked.add(action);
        switch (action) {
            case "GetExternalIPAddress" -> answer(exchange, 200, done(action, "<NewExternalIPAddress>" + address
                    + "</NewExternalIPAddress>"));
            case "DeletePortMapping" -> {
                boolean was = mapped.remove(port) != null;
                answer(exchange, was ? 200 : 500, was ? done(action, "") : fault(714));
            }
            default -> {
                if (!refused.isEmpty() && port.startsWith(refused)) {
                    answer(exchange, 500, fault(501));
                } else if (onlyPermanent && !to.endsWith(" 0")) {
                    answer(exchange, 500, fault(725));
                } else if (!mapped.getOrDefault(port, to).startsWith(to.split(" ", -1)[0])) {
                    answer(exchange, 500, fault(718));
                } else {
                    mapped.put(port, to);
                    answer(exchange, 200, done(action, ""));
                }
            }
        }
    }

    private static String envelope(String body) {
        return "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>" + body
                + "</s:Body></s:Envelope>";
    }

    private static String done(String action, String values) {
        return envelope("<u:" + action + "Response xmlns:u=\"" + TYPE + "\">" + values + "</u:" + action + "Response>");
    }

    private static String fault(int code) {
        return envelope(
                "<s:Fault><detail><UPnPError><errorCode>" + code + "</errorCode></UPnPError></detail></s:Fault>");
    }

    @Override
    public void close() {
        search.close();
        http.stop(0);
        threads.shutdownNow();
    }
}
