// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.persistence.narinfo.ServerUrl;

/**
 * Whom a question is put to: {@link Metadata#MOST_SERVERS} at most. What a server is to one question says nothing of what it is to
 * another one: whoever announces a server that somebody names must not take away its word.
 *
 * @param named by the settings or by the client, in their order
 * @param found strangers to this question: nobody named them for it; none of {@code named}
 */
public record AskedServers(List<ServerUrl> named, List<ServerUrl> found) {
    public AskedServers {
        named = List.copyOf(named);
        found = List.copyOf(found);
    }

    /** Servers that somebody named, alone; what is no server's URL is passed over. */
    public static AskedServers ofNamed(List<URI> urls) {
        return new AskedServers(Metadata.valid(urls), List.of());
    }

    /** Those, and as many besides as there is room for. */
    public static AskedServers of(List<URI> named, List<URI> found) {
        List<ServerUrl> first = Metadata.valid(named);
        return new AskedServers(first, Metadata.valid(found).stream().filter(server -> !first.contains(server))
                .limit(Metadata.MOST_SERVERS - first.size()).toList());
    }

    /** The named ones first. */
    List<ServerUrl> all() {
        return Stream.concat(named.stream(), found.stream()).toList();
    }

    /** The same without strangers. */
    AskedServers namedAlone() {
        return found.isEmpty() ? this : new AskedServers(named, List.of());
    }
}
