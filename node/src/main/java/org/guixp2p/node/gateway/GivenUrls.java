// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.net.URI;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.Narinfo;

/**
 * Where the narinfos that were given say that NARs are, as far as their signatures cover it: nobody but the signer can say otherwise,
 * so that it has to be so here. Within a bound; the one given longest ago is forgotten first. Safe for several threads.
 */
final class GivenUrls {
    /** Each has 2 KiB at most, which is the longest that is read of a request. */
    static final int MOST = 512;
    static final int MOST_LENGTH = 2048;

    private final LinkedHashMap<String, Resource.NarOf> urls = new LinkedHashMap<>();

    /** A client was told so. */
    void given(Narinfo narinfo) {
        if (narinfo.areSourcesSigned()) {
            for (NarSource source : narinfo.sources()) {
                remember(narinfo, source);
            }
        }
    }

    private void remember(Narinfo narinfo, NarSource source) {
        // As Guix does it (guix/narinfo.scm): it comes behind the server's URL and a slash, also when it begins with one.
        String target = "/" + source.url().text();
        Optional<Compression> compression = compression(source);
        if (compression.isEmpty() || target.length() > MOST_LENGTH || URI.create(source.url().text()).isAbsolute()) {
            return;
        }
        synchronized (this) {
            urls.remove(target);
            urls.put(target, new Resource.NarOf(narinfo.path(), compression.get()));
            for (Iterator<Resource.NarOf> oldest = urls.values().iterator(); urls.size() > MOST;) {
                oldest.next();
                oldest.remove();
            }
        }
    }

    private static Optional<Compression> compression(NarSource source) {
        try {
            return Optional.of(Compression.parse(source.compression()));
        } catch (FormatException e) {
            return Optional.empty();
        }
    }

    /**
     * What is meant by {@code target}. What has a meaning of its own here keeps it, but for the NAR of that very item.
     *
     * @param target of a request, as it was sent
     * @param usual what it names here
     */
    Resource meant(String target, Resource usual) {
        return switch (usual) {
            case Resource.Unknown _ -> find(target).map(Resource.class::cast).orElse(usual);
            case Resource.NarOf(var path, var _) -> find(target).filter(nar -> nar.path().equals(path))
                    .map(Resource.class::cast).orElse(usual);
            case Resource.CacheInfo _,Resource.NarinfoOf _ -> usual;
        };
    }

    private synchronized Optional<Resource.NarOf> find(String target) {
        return Optional.ofNullable(urls.get(target));
    }
}
