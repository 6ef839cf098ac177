// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * The page that shows the node to its user, at {@code /}, and what belongs to it, below {@code /assets/}. All of it is read from
 * the class path once: what is asked for is looked up in that table, so no path leads to any other file. Nothing of the page
 * is loaded from elsewhere, and its policy (Content Security Policy Level 3) lets it load nothing from there, nor run a script that stands
 * in the page, whatever names peers give themselves.
 */
public final class Dashboard {
    private static final String HERE = "/org/guixp2p/api/dashboard/";
    private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    /** Stands in the page where it says that its data are made up. */
    private static final String NOTICE = "<!-- notice -->";
    private static final String MADE_UP = "<p class=\"made-up\" role=\"note\">Made-up data: this is a demonstration, no node is "
            + "running.</p>";
    private static final List<String> FILES = List.of("tokens.css", "layout.css", "parts.css", "icon.svg", "theme.js",
            "app.js",
            "api.js", "blockmap.js", "chart.js", "colours.js", "dom.js", "feeds.js", "focus.js", "format.js",
            "forms.js",
            "header.js",
            "live.js", "nav.js", "notices.js", "paging.js", "rates.js", "ring.js", "session.js", "sparkline.js",
            "table.js",
            "words.js", "panels/catalogue.js", "panels/diagnostics.js", "panels/discovery.js", "panels/events.js",
            "panels/finished.js", "panels/graph.js", "panels/packages.js", "panels/peers.js", "panels/readiness.js",
            "panels/seeds.js", "panels/servers.js", "panels/settings.js", "panels/summary.js", "panels/transfers.js");
    private static final Map<String, ContentType> TYPES = Map.of(
            "html", MediaTypes.TEXT_HTML.toContentType(HttpCharsets.UTF_8),
            "css", MediaTypes.TEXT_CSS.toContentType(HttpCharsets.UTF_8),
            "js",
            MediaTypes.customWithOpenCharset("text", "javascript", Map.of(), false).toContentType(HttpCharsets.UTF_8),
            "svg", MediaTypes.IMAGE_SVG_XML.toContentType());
    private static final List<HttpHeader> SAFETY = List.of(
            RawHeader.create("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; "
                    + "frame-ancestors 'none'; object-src 'none'"),
            RawHeader.create("Referrer-Policy", "no-referrer"),
            RawHeader.create("Cross-Origin-Opener-Policy", "same-origin"),
            RawHeader.create("Cross-Origin-Resource-Policy", "same-origin"),
            RawHeader.create("Cache-Control", "no-cache"));

    private final Map<String, Asset> assets;

    /** A file as it is sent. */
    private record Asset(ContentType type, byte[] body, String tag) {
        private static Asset of(String name, byte[] body) {
            ContentType type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
            if (type == null) {
                throw new IllegalStateException("of no known type: " + name);
            }
            return new Asset(type, body, EntityTag.of(body));
        }
    }

    private Dashboard(String notice) {
        String page = new String(read(HERE + "index.html"), StandardCharsets.UTF_8).replace(NOTICE, notice);
        Stream<Map.Entry<String, Asset>> own = FILES.stream()
                .map(name -> Map.entry("assets/" + name, Asset.of(name, read(HERE + name))));
        Stream<Map.Entry<String, Asset>> charts = Stream.of("uPlot.esm.js", "uPlot.min.css")
                .map(name -> Map.entry("assets/uplot/" + name, Asset.of(name, read(CHARTS + name))));
        Stream<Map.Entry<String, Asset>> index = Stream
                .of(Map.entry("", Asset.of("index.html", page.getBytes(StandardCharsets.UTF_8))));
        assets = Stream.of(index, own, charts).flatMap(each -> each)
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** That of a node. */
    public static Dashboard ofNode() {
        return new Dashboard("");
    }

    /** One that says that what it shows is made up. */
    public static Dashboard ofMadeUpData() {
        return new Dashboard(MADE_UP);
    }

    private static byte[] read(String resource) {
        try (InputStream in = Dashboard.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks " + resource);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What is sent to whoever asks for a file of the page; empty when it is none.
     *
     * @param segments of the path, decoded
     * @param known the value of {@code If-None-Match}
     */
    Optional<HttpResponse> find(List<String> segments, Optional<String> known) {
        return Optional.ofNullable(assets.get(String.join("/", segments))).map(asset -> respond(asset, known));
    }

    private static HttpResponse respond(Asset asset, Optional<String> known) {
        boolean same = known.filter(tags -> EntityTag.isAmong(asset.tag(), tags)).isPresent();
        HttpResponse response = same
                ? HttpResponse.create().withStatus(StatusCodes.NOT_MODIFIED)
                : HttpResponse.create().withEntity(HttpEntities.create(asset.type(), asset.body()));
        return response.addHeaders(SAFETY).addHeader(RawHeader.create("ETag", asset.tag()));
    }
}
