// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoVerifier;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.pki.Acl;
import org.jspecify.annotations.Nullable;

/** The keys that narinfos must be signed by; read when the first one comes, and once. */
final class TrustedKeys {
    private static final int MAX_ACL = 1 << 20;

    private final Path file;
    private @Nullable Acl acl;

    TrustedKeys(Path file) {
        this.file = file;
    }

    /**
     * Reads a narinfo, which still says what it likes.
     *
     * @throws FormatException when it is none
     */
    static Narinfo parse(ByteBuffer text) throws FormatException {
        byte[] bytes = new byte[text.remaining()];
        text.duplicate().get(bytes);
        return Narinfo.parse(bytes);
    }

    /** Judges a narinfo as an answer to a question about {@code asked}. */
    Verdict verify(Narinfo narinfo, StorePath asked) {
        return NarinfoVerifier.verify(narinfo, acl(), asked);
    }

    private Acl acl() {
        if (acl == null) {
            acl = read();
        }
        return acl;
    }

    /** An ACL that cannot be read trusts nobody, as with Guix. */
    private Acl read() {
        try {
            if (Files.size(file) > MAX_ACL) {
                throw new FormatException("longer than " + MAX_ACL + " bytes");
            }
            return Acl.parse(Files.readAllBytes(file));
        } catch (IOException e) {
            DaemonLog.say("no key is trusted: " + file + ": " + e.getMessage());
            return Acl.of(List.of());
        }
    }
}
