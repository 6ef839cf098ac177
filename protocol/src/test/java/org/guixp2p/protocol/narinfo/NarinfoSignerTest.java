// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.narinfo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.NixBase32;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.GuixSignature;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NarinfoSignerTest {
    static SigningKey key(String name) {
        try {
            return SigningKey.parse(Fixtures.bytes("keys/" + name + ".sec"));
        } catch (FormatException e) {
            throw new AssertionError(e);
        }
    }

    /** What {@code guix publish} does not write: a narinfo whose size stands below the signature. */
    record Unsized(VerifiedNarinfo original) {
        Narinfo narinfo() {
            String signed = new String(original.narinfo().signedPart(), UTF_8).replaceFirst("NarSize: .*\n", "");
            GuixSignature signature = GuixSignature.sign(Sha256.hash(signed.getBytes(UTF_8)), key("publisher"));
            try {
                return NarinfoTest.parse(
                        signed + "Signature: " + new NarinfoSignature("vm", signature).value() + "\nNarSize: 7\n");
            } catch (FormatException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static NarinfoDraft draft(Narinfo narinfo) {
        return new NarinfoDraft(narinfo.path(), narinfo.narHash(), narinfo.narSize().orElseThrow(),
                narinfo.references(), narinfo.deriver());
    }

    static List<String> ofGuixPublish() {
        return Fixtures.list("narinfo").stream().filter(name -> !name.contains("official")).toList();
    }

    /** The signatures are deterministic, so ours of the same text with the same key must be theirs. */
    @ParameterizedTest
    @MethodSource("ofGuixPublish")
    void ourNarinfosAreThoseOfGuixPublishByteForByte(String name) throws FormatException {
        Narinfo theirs = Narinfo.parse(Fixtures.bytes(name));
        String key = name.contains("-rsa") ? "rsa" : name.contains("-second") ? "second" : "publisher";
        Narinfo ours = new NarinfoSigner(key(key), "vm").sign(draft(theirs), theirs.sources());
        assertEquals(Fixtures.text(name), new String(ours.raw(), UTF_8));
    }

    @Property(tries = 40)
    void whatIsSignedIsReadBackAndVerifies(@ForAll @Size(20) byte[] hash, @ForAll @Size(32) byte[] narHash,
            @ForAll @LongRange(max = NarSize.MAX_BYTES) long size, @ForAll @IntRange(max = 20) int references,
            @ForAll boolean derived) {
        StorePath path = new StorePath(NixBase32.encode(hash) + "-some-thing");
        List<StorePath> others = new ArrayList<>();
        for (int i = 0; i < references; i++) {
            others.add(new StorePath(path.hashPart() + "-reference-" + i));
        }
        NarinfoDraft draft = new NarinfoDraft(path, new NarHash(Sha256.of(narHash)), new NarSize(size), others,
                derived ? Optional.of(new StorePath(path.baseName() + ".drv")) : Optional.empty());
        List<NarSource> sources = List.of(
                new NarSource(new NarUrl("nar/zstd/" + path.baseName()), "zstd", Optional.of(new FileSize(size / 2))));
        SigningKey key = key("second");
        Narinfo narinfo = new NarinfoSigner(key, "host.example").sign(draft, sources);
        assertEquals(draft, draft(narinfo));
        assertEquals(sources, narinfo.sources());
        assertInstanceOf(Verdict.Valid.class,
                NarinfoVerifier.verify(narinfo, Acl.of(List.of(key.publicKey())), path));
    }

    @Test
    void hostsThatWouldBreakTheLineAreRefused() throws FormatException {
        NarinfoDraft draft = draft(NarinfoVerifierTest.fixture(NarinfoVerifierTest.HELLO));
        for (String host : List.of("a;b", "a b", "a\nb", "x".repeat(256))) {
            assertThrows(IllegalArgumentException.class,
                    () -> new NarinfoSigner(key("second"), host).sign(draft, List.of()));
        }
    }

    @Test
    void whatNobodyCouldReadIsNotSigned() {
        StorePath path = new StorePath("0".repeat(32) + "-" + "x".repeat(211));
        NarHash hash = new NarHash(Sha256.hash(new byte[0]));
        List<StorePath> most = new ArrayList<>();
        for (int i = 0; i < Narinfo.MAX_REFERENCES; i++) {
            most.add(path);
        }
        NarinfoDraft tooLong = new NarinfoDraft(path, hash, new NarSize(1), most, Optional.empty());
        assertThrows(IllegalArgumentException.class,
                () -> new NarinfoSigner(key("second"), "h").sign(tooLong, List.of()));
        most.add(path);
        assertThrows(IllegalArgumentException.class,
                () -> new NarinfoDraft(path, hash, new NarSize(1), most, Optional.empty()));
    }
}
