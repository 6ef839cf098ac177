// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.substituter;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings that the daemon hands to its substituter in {@code _NIX_OPTIONS}: its own, and the client's with
 * {@code untrusted-} before their names, which take precedence where Guix lets them (Guix: {@code daemon-options} in
 * {@code guix/scripts/substitute.scm}).
 *
 * <p>The client may be any user of the machine. Nothing here fails: what makes no sense is as if it were not there.
 */
public final class NixOptions {
    /** Most substitute servers that one client may name. */
    public static final int MAX_URLS = 64;

    private static final int MAX_URL_LENGTH = 2048;
    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 20;
    private static final int MAX_COLUMNS = 1000;
    private static final int MAX_LOCALE = 64;

    private final Map<String, String> values;
    private final Optional<List<URI>> substituteUrls;
    private final List<String> refusedUrls;

    private NixOptions(Map<String, String> values) {
        this.values = values;
        List<URI> urls = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        Optional<String> list = clientsOrOwn("substitute-urls");
        list.ifPresent(text -> readUrls(text, urls, refused));
        this.substituteUrls = list.map(ignored -> List.copyOf(urls));
        this.refusedUrls = List.copyOf(refused);
    }

    /** Reads {@code NAME=VALUE} lines; of a name that stands there twice the first counts, other lines are skipped. */
    public static NixOptions parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String line : text.split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals >= 0) {
                values.putIfAbsent(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return new NixOptions(values);
    }

    /** The value of exactly {@code name}. */
    public Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name));
    }

    private Optional<String> clientsOrOwn(String name) {
        return value("untrusted-" + name).or(() -> value(name));
    }

    private static void readUrls(String text, List<URI> urls, List<String> refused) {
        for (String word : text.split("\\s+", -1)) {
            if (word.isEmpty()) {
                continue;
            }
            Optional<URI> url = urls.size() < MAX_URLS ? url(word) : Optional.empty();
            if (url.isPresent()) {
                urls.add(url.get());
            } else if (refused.size() < MAX_URLS) {
                refused.add(word);
            }
        }
    }

    private static Optional<URI> url(String text) {
        try {
            URI uri = text.length() > MAX_URL_LENGTH ? null : new URI(text);
            return uri != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getRawAuthority() != null ? Optional.of(uri) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** The servers to ask, when the daemon or its client says: perhaps none. Only {@code http} and {@code https}. */
    public Optional<List<URI>> substituteUrls() {
        return substituteUrls;
    }

    /** What stood among the servers and is not one, or one too many; for a warning. */
    public List<String> refusedUrls() {
        return refusedUrls;
    }

    /** Whether the client reads {@link TraceLine}s; else it wants a progress bar. */
    public boolean extendedTrace() {
        return clientsOrOwn("print-extended-build-trace").map(text -> number(text) > 0).orElse(false);
    }

    /** Columns to draw a progress bar in: one less than the client's terminal has, from 20 to 1000. */
    public int terminalColumns() {
        return clientsOrOwn("terminal-columns").map(NixOptions::number).filter(columns -> columns >= 0)
                .map(columns -> Math.clamp(columns - 1, MIN_COLUMNS, MAX_COLUMNS)).orElse(DEFAULT_COLUMNS);
    }

    /** The client's locale, such as {@code de_DE.utf8}. */
    public Optional<String> locale() {
        return clientsOrOwn("locale").filter(NixOptions::isLocale);
    }

    private static boolean isLocale(String text) {
        return !text.isEmpty() && text.length() <= MAX_LOCALE
                && text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                        || "_.@-".indexOf(c) >= 0);
    }

    /** Whether substitute servers of the local network count too; the administrator's word, not the client's. */
    public boolean discover() {
        return value("discover").filter("true"::equals).isPresent();
    }

    /** Whether restored files are to be linked to equal ones; stands there for {@code --substitute} only. */
    public boolean deduplicate() {
        return value("deduplicate").filter("yes"::equals).isPresent();
    }

    /** A decimal number, or -1 when it is none or has more than nine digits. */
    private static long number(String text) {
        if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        return Long.parseLong(text);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NixOptions that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return "NixOptions" + values;
    }
}
