// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.portmap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.portmap.IgdAction;
import org.guixp2p.protocol.portmap.IgdDescription;
import org.guixp2p.protocol.portmap.MappingRequest;
import org.guixp2p.protocol.portmap.Ssdp;

/** Asks a gateway of UPnP. */
final class IgdClient implements RouterProtocol {
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final int FIRST_PORT = 1024;
    private static final int PORTS = 65_536;
    /** How many ports are tried when others have those that are wanted. */
    private static final int TRIES = 4;
    /** What maps for ever is looked at this often. */
    private static final Duration FOR_EVER = Duration.ofHours(1);

    private final Route route;
    private final IgdSearch search;
    private final RandomGenerator random;
    private Optional<IgdDescription.Service> known = Optional.empty();
    private boolean forEver;

    /** What the service said: it is where it was. */
    private static final class Refusal extends IOException {
        private static final long serialVersionUID = 1;

        private Refusal(String message) {
            super(message);
        }
    }

    IgdClient(Route route, RandomGenerator random) {
        this(route, new InetSocketAddress(InetAddress.ofLiteral(Ssdp.ADDRESS), Ssdp.PORT), random);
    }

    /** @param group where devices listen */
    IgdClient(Route route, InetSocketAddress group, RandomGenerator random) {
        this.route = route;
        this.search = new IgdSearch(group, route);
        this.random = random;
    }

    @Override
    public String name() {
        return "UPnP";
    }

    @Override
    public Mapping map(MappingRequest request) throws IOException {
        try (HttpClient http = client()) {
            try {
                return map(http, request);
            } catch (Refusal e) {
                throw e;
            } catch (IOException e) {
                // It may have begun anew, and listen elsewhere.
                known = Optional.empty();
                throw e;
            }
        }
    }

    /** Without proxies, redirections or names to be looked up: only the router is talked to. */
    private static HttpClient client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).proxy(HttpClient.Builder.NO_PROXY)
                .followRedirects(HttpClient.Redirect.NEVER).connectTimeout(PATIENCE).build();
    }

    private Mapping map(HttpClient http, MappingRequest request) throws IOException {
        IgdDescription.Service service = service(http);
        InetAddress address = address(http, service);
        MappingRequest asked = request.wanted() == 0 ? withPort(request, request.port()) : request;
        for (int tries = 1;; tries++) {
            Optional<Integer> error = add(http, service, asked);
            if (error.isEmpty()) {
                return new Mapping(request, address, asked.wanted(),
                        forEver ? FOR_EVER : Duration.ofSeconds(request.lifetimeSeconds()), Optional.of(service));
            }
            if (error.get() != IgdAction.CONFLICT || tries == TRIES) {
                throw new Refusal(
                        "UPnP: the router does not map port " + asked.wanted() + ": error " + error.get());
            }
            asked = withPort(request, random.nextInt(FIRST_PORT, PORTS));
        }
    }

    private static MappingRequest withPort(MappingRequest request, int port) {
        return new MappingRequest(request.transport(), request.port(), port, request.lifetimeSeconds());
    }

    private Optional<Integer> add(HttpClient http, IgdDescription.Service service, MappingRequest asked)
            throws IOException {
        String own = route.own().getHostAddress();
        IgdAction leased = IgdAction.map(asked, own, forEver ? 0 : asked.lifetimeSeconds());
        Optional<Integer> error = tell(http, service, leased).error();
        if (!forEver && error.equals(Optional.of(IgdAction.ONLY_PERMANENT))) {
            forEver = true;
            return tell(http, service, IgdAction.map(asked, own, 0)).error();
        }
        return error;
    }

    private static InetAddress address(HttpClient http, IgdDescription.Service service) throws IOException {
        IgdAction.Result result = tell(http, service, IgdAction.externalAddress());
        String address = result.values().getOrDefault("NewExternalIPAddress", "");
        try {
            return InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            Refusal refusal = new Refusal("UPnP: the router has no address: " + FormatException.quote(address));
            refusal.initCause(e);
            throw refusal;
        }
    }

    private IgdDescription.Service service(HttpClient http) throws IOException {
        if (known.isEmpty()) {
            URI location = search.find();
            HttpRequest question = HttpRequest.newBuilder(location).timeout(PATIENCE).GET().build();
            byte[] description = ask(http, question, IgdDescription.MAX_BYTES).body();
            List<IgdDescription.Service> services = IgdDescription.read(description, location);
            if (services.isEmpty()) {
                throw new IOException("UPnP: the router maps no ports");
            }
            known = Optional.of(services.getFirst());
        }
        return known.orElseThrow();
    }

    private static IgdAction.Result tell(HttpClient http, IgdDescription.Service service, IgdAction action)
            throws IOException {
        HttpRequest question = HttpRequest.newBuilder(service.control()).timeout(PATIENCE)
                .header("Content-Type", "text/xml; charset=\"utf-8\"")
                .header("SOAPAction", action.header(service.type()))
                .POST(HttpRequest.BodyPublishers.ofByteArray(action.body(service.type()))).build();
        return action.read(ask(http, question, IgdAction.MAX_BYTES).body());
    }

    /** An answer within bounds of length and time, the body's included. */
    private static HttpResponse<byte[]> ask(HttpClient http, HttpRequest question, int most) throws IOException {
        CompletableFuture<HttpResponse<byte[]>> answer = http.sendAsync(question,
                BodyHandlers.limiting(BodyHandlers.ofByteArray(), most));
        try {
            return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("UPnP: the router does not answer in time", e);
        } catch (ExecutionException e) {
            throw new IOException("UPnP: the router does not answer: " + answer.exceptionNow().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("UPnP: it was given up", e);
        } finally {
            answer.cancel(true);
        }
    }

    @Override
    public void unmap(Mapping mapping) throws IOException {
        IgdDescription.Service service = mapping.service()
                .orElseThrow(() -> new IllegalArgumentException("not of UPnP: " + mapping));
        try (HttpClient http = client()) {
            Optional<Integer> error = tell(http, service,
                    IgdAction.unmap(withPort(mapping.request(), mapping.port()))).error();
            if (error.isPresent()) {
                throw new IOException("UPnP: error " + error.get());
            }
        }
    }
}
