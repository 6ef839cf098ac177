// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.builtin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoVerifier;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.narinfo.VerifiedNarinfo;
import org.guixp2p.protocol.pki.Acl;

/**
 * Narinfos from a directory that all substituters of a machine share, as Guix's {@code /var/cache/guix/substitute}, and else from
 * the server, those of one command in one go. Answers count as fresh: no run lasts as long as they do.
 */
final class NarinfoLookup {
    private static final int FOUND = 200;

    private final Path cache;
    private final Acl acl;
    private final KeptConnection server;

    NarinfoLookup(Path cache, Acl acl, KeptConnection server) {
        this.cache = cache;
        this.acl = acl;
        this.server = server;
    }

    /** Those that are there and signed by a key of the ACL, in the order asked. */
    List<VerifiedNarinfo> lookup(List<StorePath> paths) throws IOException {
        Map<StorePath, Optional<VerifiedNarinfo>> known = new LinkedHashMap<>();
        List<StorePath> missing = new ArrayList<>();
        for (StorePath path : paths) {
            Path file = cache.resolve(path.hashPart());
            Optional<VerifiedNarinfo> kept = Files.exists(file)
                    ? verified(path, Files.readAllBytes(file))
                    : Optional.empty();
            known.put(path, kept);
            if (kept.isEmpty()) {
                missing.add(path);
            }
        }
        server.get(missing.stream().map(path -> "/" + path.hashPart() + ".narinfo").toList(), (index, answer) -> {
            if (answer.status() == FOUND) {
                if (answer.length() > Narinfo.MAX_BYTES) {
                    throw new FormatException("narinfo: longer than " + Narinfo.MAX_BYTES + " bytes");
                }
                byte[] text = answer.body().readAllBytes();
                StorePath path = missing.get(index);
                Files.write(cache.resolve(path.hashPart()), text);
                known.put(path, verified(path, text));
            }
        });
        return known.values().stream().flatMap(Optional::stream).toList();
    }

    private Optional<VerifiedNarinfo> verified(StorePath path, byte[] text) throws FormatException {
        return NarinfoVerifier.verify(Narinfo.parse(text), acl, path) instanceof Verdict.Valid(var narinfo)
                ? Optional.of(narinfo)
                : Optional.empty();
    }
}
