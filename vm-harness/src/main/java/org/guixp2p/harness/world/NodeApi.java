// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.world;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.CatalogItem;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.protocol.item.StorePath;

/** What a node says of itself over its REST API. */
public final class NodeApi {
    /** What a JVM must be told that is to name another host than it connects to; only those of namespaces do. */
    public static final String MAY_NAME_HOSTS = "-Djdk.httpclient.allowRestrictedHeaders=host";

    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private final HttpClient http;
    private final URI base;

    /**
     * The API of a node.
     *
     * @param address {@code HOST:PORT}
     */
    public NodeApi(HttpClient http, String address) {
        this.http = http;
        this.base = URI.create("http://" + address + "/api/");
    }

    public URI base() {
        return base;
    }

    public NodeStatus status() throws IOException, InterruptedException {
        return get("status", new TypeReference<>() {});
    }

    public List<SeedStatus> seeds() throws IOException, InterruptedException {
        return all("seeds", new TypeReference<>() {});
    }

    /** What connected peers have, of what the node knows by name. */
    public List<CatalogItem> catalog() throws IOException, InterruptedException {
        return all("catalog", new TypeReference<>() {});
    }

    /** The latest download of {@code item}, or one without any source when there is none yet. */
    public TransferStatus transfer(StorePath item) throws IOException, InterruptedException {
        List<TransferStatus> all = all("transfers", new TypeReference<>() {});
        return all.stream().filter(transfer -> transfer.storePath().equals(item.path())).findFirst()
                .orElseGet(() -> nothingYet(item));
    }

    private static TransferStatus nothingYet(StorePath item) {
        return new TransferStatus(0, item.path(), "", -1, "none", 0, 0, 0, List.of(), BlockMap.NONE, 0, 0, 0, 0, null);
    }

    private <T> T get(String name, TypeReference<T> type) throws IOException, InterruptedException {
        return JSON.readValue(send(base.resolve(name)).body(), type);
    }

    /** A whole list, of which an answer holds some, and says where there are more (RFC 8288). */
    private <T> List<T> all(String name, TypeReference<List<T>> type) throws IOException, InterruptedException {
        List<T> all = new ArrayList<>();
        Optional<URI> next = Optional.of(base.resolve(name));
        while (next.isPresent()) {
            HttpResponse<byte[]> page = send(next.get());
            all.addAll(JSON.readValue(page.body(), type));
            next = page.headers().firstValue("Link").map(link -> link.substring(1, link.indexOf('>')))
                    .map(base::resolve);
        }
        return all;
    }

    private HttpResponse<byte[]> send(URI address) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address).timeout(ANSWER).build();
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException(request.uri() + " answers with status " + response.statusCode());
        }
        return response;
    }
}
