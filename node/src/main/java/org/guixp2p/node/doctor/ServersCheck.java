// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.guixp2p.node.Version;

/** The substitute servers: signed metadata comes from them under every policy. */
final class ServersCheck implements Check {
    private static final int MOST_BYTES = 4096;

    @Override
    public String subject() {
        return "substitute servers";
    }

    @Override
    public List<Finding> examine(Patient patient) {
        List<URI> urls = patient.config().substitutes().urls();
        if (urls.isEmpty()) {
            return List.of(Finding.error(subject(), "none is named: there is no signed metadata",
                    "set substitute_urls"));
        }
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(patient.patience())
                .followRedirects(HttpClient.Redirect.NORMAL).build()) {
            List<CompletableFuture<Finding>> answers = urls.stream()
                    .map(url -> ask(client, url, patient.patience())).toList();
            List<Finding> findings = new ArrayList<>(answers.stream().map(CompletableFuture::join).toList());
            client.shutdownNow();
            if (findings.stream().noneMatch(finding -> finding.verdict() == Verdict.OK)) {
                findings.add(Finding.error(subject(), "none of them answers: only what is cached is known",
                        "look at this machine's network, and at substitute_urls"));
            }
            return findings;
        }
    }

    private CompletableFuture<Finding> ask(HttpClient client, URI url, Duration patience) {
        CompletableFuture<Finding> finding = new CompletableFuture<>();
        Thread.ofVirtual().name("doctor-server").start(() -> finding.complete(look(client, url, patience)));
        return finding;
    }

    private Finding look(HttpClient client, URI url, Duration patience) {
        long begun = System.nanoTime();
        String problem;
        try {
            HttpResponse<InputStream> answer = client.send(HttpRequest.newBuilder(URI.create(url + "/nix-cache-info"))
                    .header("User-Agent", Version.AGENT).timeout(patience).build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = answer.body()) {
                String text = new String(body.readNBytes(MOST_BYTES), StandardCharsets.ISO_8859_1);
                if (answer.statusCode() == 200 && text.lines().anyMatch("StoreDir: /gnu/store"::equals)) {
                    return Finding.ok(subject(),
                            url + " answers in " + Duration.ofNanos(System.nanoTime() - begun).toMillis() + " ms");
                }
                problem = answer.statusCode() == 200
                        ? "what it says of itself is not that of a server for /gnu/store"
                        : "status " + answer.statusCode();
            }
        } catch (IOException e) {
            problem = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            problem = "interrupted";
        }
        return Finding.warning(subject(), url + " does not serve: " + problem, "see whether it is up, and spelt right");
    }
}
