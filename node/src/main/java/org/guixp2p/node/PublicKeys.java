// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.node.config.PublicKeySource;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.pki.OfficialKeys;
import org.guixp2p.protocol.pki.PublicKey;

/** Reads the keys that make items public. */
public final class PublicKeys {
    private static final int MAX_BYTES = 64 * 1024;

    private PublicKeys() {}

    /**
     * The keys of these sources.
     *
     * @throws StartException when one cannot be read: a node that shares less than its user thinks says so
     */
    public static List<PublicKey> read(List<PublicKeySource> sources) throws StartException {
        List<PublicKey> keys = new ArrayList<>();
        for (PublicKeySource source : sources) {
            switch (source) {
                case PublicKeySource.Shipped _ -> keys.addAll(OfficialKeys.all());
                case PublicKeySource.KeyFile file -> {
                    try {
                        if (Files.size(file.path()) > MAX_BYTES) {
                            throw new FormatException("larger than " + MAX_BYTES + " bytes");
                        }
                        keys.add(PublicKey.parse(Files.readAllBytes(file.path())));
                    } catch (IOException e) {
                        throw new StartException("public_keys: " + IoWords.of(e, file.path()), e);
                    }
                }
                case PublicKeySource.Inline inline -> {
                    try {
                        keys.add(PublicKey.parse(inline.sexp().getBytes(StandardCharsets.UTF_8)));
                    } catch (FormatException e) {
                        throw new StartException("public_keys: " + e.getMessage(), e);
                    }
                }
            }
        }
        return keys;
    }
}
