// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.metadata;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.guixp2p.node.testing.TestNars;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.FileSize;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.NarUrl;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.GuixSignature;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.testing.Fixtures;

/** Narinfos that a real Guix made, and others signed with its keys. */
final class TestNarinfos {
    static final StorePath HELLO = TestNars.HELLO.path();
    static final byte[] BY_PUBLISHER = narinfo(HELLO);
    static final byte[] BY_SECOND = Fixtures.bytes("narinfo/" + HELLO.hashPart() + ".signed-by-second.narinfo");
    static final byte[] BY_RSA = Fixtures.bytes("narinfo/" + HELLO.hashPart() + ".signed-by-rsa.narinfo");

    private TestNarinfos() {}

    /** The one that a real {@code guix publish} gave for a fixture. */
    static byte[] narinfo(StorePath path) {
        return Fixtures.bytes("narinfo/" + path.hashPart() + ".narinfo");
    }

    /** Where a server has it. */
    static String url(StorePath path) {
        return "/" + path.hashPart() + ".narinfo";
    }

    static StorePath item(String name) {
        byte[] hash = Arrays.copyOf(Sha256.hash(name.getBytes(UTF_8)).bytes(), 20);
        return new StorePath(NixBase32.encode(hash) + "-" + name);
    }

    static byte[] signed(StorePath path, StorePath... references) {
        NarinfoDraft draft = new NarinfoDraft(path, new NarHash(Sha256.hash(path.toString().getBytes(UTF_8))),
                new NarSize(1000), List.of(references), Optional.empty());
        return new NarinfoSigner(key("publisher"), "test").sign(draft, List.of(new NarSource(
                new NarUrl("nar/zstd/" + path.baseName()), "zstd", Optional.of(new FileSize(300))))).raw();
    }

    static SigningKey key(String name) {
        try {
            return SigningKey.parse(Fixtures.bytes("keys/" + name + ".sec"));
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    /** Hello's, with something else in place of what {@code regex} finds, unsigned lines and all. */
    static byte[] edited(String regex, String replacement) {
        String text = new String(BY_PUBLISHER, UTF_8);
        String edited = text.replaceFirst(regex, replacement);
        if (edited.equals(text)) {
            throw new AssertionError("nothing to edit: " + regex);
        }
        return edited.getBytes(UTF_8);
    }

    /** Hello's, signed without its size, which stands below: what {@code guix publish} does not do. */
    static byte[] withUnsignedSize(String key, Optional<Long> size) {
        String text = new String(edited("NarSize: .*\n", ""), UTF_8);
        String above = text.substring(0, text.indexOf("Signature:"));
        String below = text.substring(text.indexOf("URL:"));
        GuixSignature signature = GuixSignature.sign(Sha256.hash(above.getBytes(UTF_8)), key(key));
        return (above + "Signature: " + "1;vm;" + Base64.getEncoder().encodeToString(signature.sexp().advanced()) + "\n"
                + size.map(bytes -> "NarSize: " + bytes + "\n").orElse("") + below).getBytes(UTF_8);
    }
}
