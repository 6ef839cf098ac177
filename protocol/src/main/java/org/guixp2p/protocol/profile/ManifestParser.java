// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.profile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;

/**
 * Reads a manifest as Guix's {@code sexp->manifest} does ({@code guix/profiles.scm}), the versions 0 and 1 besides, as earlier ones of
 * Guix wrote them. Of what packages propagate only as much is remembered as version 4 needs, which names later what was named before.
 */
final class ManifestParser {
    private static final int LATEST = 4;
    /** The first version in which what is propagated stands as a package does. */
    private static final int NESTED = 3;
    /** Packages of all kinds that may be named later. */
    private static final int MAX_NAMED = 20_000;
    private static final String REPEATED = "repeated";

    private final SchemeTokens tokens;
    /** The outputs of those that were read already. */
    private final Map<Named, String> outputs = new HashMap<>();
    private int version;

    private record Named(String name, String version, StorePath item) {}

    ManifestParser(byte[] file) throws FormatException {
        this.tokens = new SchemeTokens(file);
    }

    ProfileManifest parse() throws FormatException {
        openList("manifest");
        openList("version");
        version = number(word());
        // Minor versions change nothing for whoever does not know them.
        skipRest(tokens.depth());
        openList("packages");
        open();
        List<ProfileManifest.Entry> entries = new ArrayList<>();
        while (tokens.next() instanceof SchemeToken.Open) {
            if (entries.size() == ProfileManifest.MAX_ENTRIES) {
                throw tokens.fault("more than " + ProfileManifest.MAX_ENTRIES + " packages");
            }
            entries.add(entry());
        }
        expectDepth(2);
        close();
        close();
        if (!(tokens.next() instanceof SchemeToken.End)) {
            throw tokens.fault("something follows the manifest");
        }
        return new ProfileManifest(version, entries);
    }

    /** The rest of a package whose list is open. */
    private ProfileManifest.Entry entry() throws FormatException {
        int depth = tokens.depth();
        SchemeToken first = tokens.next();
        if (version == LATEST && first.equals(new SchemeToken.Word(REPEATED))) {
            return repeated(depth);
        }
        String name = text(first);
        String release = text(tokens.next());
        String output = text(tokens.next(), ProfileManifest.Entry.MAX_OUTPUT);
        StorePath item = item(tokens.next());
        if (version == LATEST) {
            remember(new Named(name, release, item), output);
        }
        if (version >= NESTED) {
            fields(depth);
        } else {
            skipRest(depth);
        }
        return new ProfileManifest.Entry(name, release, output, item);
    }

    private ProfileManifest.Entry repeated(int depth) throws FormatException {
        Named named = new Named(text(tokens.next()), text(tokens.next()), item(tokens.next()));
        skipRest(depth);
        String output = outputs.get(named);
        if (output == null) {
            throw tokens.fault("a package is to be as before, and was not");
        }
        return new ProfileManifest.Entry(named.name(), named.version(), output, named.item());
    }

    private void remember(Named named, String output) throws FormatException {
        if (outputs.size() == MAX_NAMED && !outputs.containsKey(named)) {
            throw tokens.fault("more than " + MAX_NAMED + " packages with what they propagate");
        }
        outputs.put(named, output);
    }

    /** What a package has besides, up to the end of its list. */
    private void fields(int depth) throws FormatException {
        for (SchemeToken token = tokens.next(); tokens.depth() >= depth; token = tokens.next()) {
            if (token instanceof SchemeToken.Open && tokens.depth() == depth + 1
                    && tokens.next().equals(new SchemeToken.Word("propagated-inputs"))) {
                propagated(depth + 1);
            } else if (tokens.depth() > depth) {
                skipRest(depth + 1);
            }
        }
    }

    private void propagated(int depth) throws FormatException {
        open();
        while (tokens.next() instanceof SchemeToken.Open) {
            var _ = entry();
        }
        expectDepth(depth);
        skipRest(depth);
    }

    // Pieces.

    private void open() throws FormatException {
        if (!(tokens.next() instanceof SchemeToken.Open)) {
            throw tokens.fault("a list expected");
        }
    }

    private void close() throws FormatException {
        if (!(tokens.next() instanceof SchemeToken.Close)) {
            throw tokens.fault("the end of a list expected");
        }
    }

    private void openList(String word) throws FormatException {
        open();
        if (!word().equals(word)) {
            throw tokens.fault("a list expected that begins with " + word);
        }
    }

    /** A list has ended where nothing but lists may be among it. */
    private void expectDepth(int depth) throws FormatException {
        if (tokens.depth() != depth) {
            throw tokens.fault("a package expected");
        }
    }

    /** Passes over what is left of a list that is {@code depth} deep. */
    private void skipRest(int depth) throws FormatException {
        while (tokens.depth() >= depth) {
            var _ = tokens.next();
        }
    }

    private String word() throws FormatException {
        if (tokens.next() instanceof SchemeToken.Word(String text)) {
            return text;
        }
        throw tokens.fault("a word expected");
    }

    private int number(String word) throws FormatException {
        if (word.length() == 1 && word.charAt(0) >= '0' && word.charAt(0) <= '0' + LATEST) {
            return word.charAt(0) - '0';
        }
        throw tokens.fault("a version from 0 to " + LATEST + " expected");
    }

    private String text(SchemeToken token) throws FormatException {
        return text(token, ProfileManifest.Entry.MAX_TEXT);
    }

    private String text(SchemeToken token, int most) throws FormatException {
        if (token instanceof SchemeToken.Text(String text) && text.length() <= most
                && FormatException.isPrintable(text)) {
            return text;
        }
        throw tokens.fault("a printable text of at most " + most + " characters expected");
    }

    /** A package may have been made of a file in an item: that item then. */
    private StorePath item(SchemeToken token) throws FormatException {
        if (token instanceof SchemeToken.Text(String path) && path.startsWith(StorePath.STORE + "/")) {
            int end = path.indexOf('/', StorePath.STORE.length() + 1);
            try {
                return StorePath.parse(end < 0 ? path : path.substring(0, end));
            } catch (FormatException e) {
                // as below
            }
        }
        throw tokens.fault("a path in the store expected");
    }
}
