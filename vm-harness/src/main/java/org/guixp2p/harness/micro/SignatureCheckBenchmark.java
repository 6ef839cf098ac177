// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.micro;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.NarUrl;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.narinfo.NarinfoVerifier;
import org.guixp2p.protocol.narinfo.Verdict;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.SigningKey;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A narinfo with five references, read from its bytes and verified against an ACL of one key. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SignatureCheckBenchmark {
    private final StorePath path = new StorePath("1".repeat(32) + "-item");
    private final Acl acl;
    private final Narinfo narinfo;
    private final byte[] bytes;

    /** A key made just now, and a narinfo that it has signed. */
    public SignatureCheckBenchmark() {
        SigningKey key = SigningKey.generate(new SecureRandom());
        acl = Acl.of(List.of(key.publicKey()));
        List<StorePath> references = List.of(new StorePath("2".repeat(32) + "-a"), new StorePath("3".repeat(32) + "-b"),
                new StorePath("4".repeat(32) + "-c"), new StorePath("5".repeat(32) + "-d"), path);
        NarinfoDraft draft = new NarinfoDraft(path, new NarHash(Sha256.hash(new byte[1])), new NarSize(1 << 20),
                references, Optional.empty());
        narinfo = new NarinfoSigner(key, "bench").sign(draft,
                List.of(new NarSource(new NarUrl("nar/zstd/item"), "zstd", Optional.empty())));
        bytes = narinfo.raw();
    }

    @Benchmark
    public Narinfo parse() throws FormatException {
        return Narinfo.parse(bytes);
    }

    @Benchmark
    public Verdict verify() {
        return NarinfoVerifier.verify(narinfo, acl, path);
    }
}
