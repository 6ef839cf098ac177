// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.GuixSignature;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.testing.Fixtures;

/** A store item as a node has it: what is said of it, and its NAR. Neither needs to be right. */
public final class ServedItem {
    private static final SigningKey PUBLISHER = publisher();

    private final String path;
    private final byte[] narinfo;
    private final byte[] nar;

    private ServedItem(String path, byte[] narinfo, byte[] nar) {
        this.path = path;
        this.narinfo = narinfo;
        this.nar = nar;
    }

    private static SigningKey publisher() {
        try {
            return SigningKey.parse(Fixtures.bytes("keys/publisher.sec"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An item of the fixtures, such as {@code y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1}. */
    public static ServedItem fixture(String baseName) {
        byte[] narinfo = Fixtures.bytes("narinfo/" + baseName.substring(0, StorePath.HASH_LENGTH) + ".narinfo");
        try (InputStream nar = new ZstdInputStream(Fixtures.open("nar/" + baseName + ".zst"))) {
            return new ServedItem(StorePath.STORE + "/" + baseName, narinfo, nar.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All items of the fixtures that have a narinfo and a NAR. */
    public static List<ServedItem> fixtures() {
        return Fixtures.list("nar").stream().filter(name -> name.endsWith(".zst"))
                .map(name -> fixture(name.substring("nar/".length(), name.length() - ".zst".length()))).toList();
    }

    /** An item with any NAR, well signed by the publisher of the fixtures: a publisher may be malicious too. */
    public static ServedItem signed(String name, byte[] nar) {
        StorePath path = path(name);
        NarinfoDraft draft = new NarinfoDraft(path, new NarHash(Sha256.hash(nar)), new NarSize(nar.length), List.of(),
                Optional.empty());
        return new ServedItem(path.path(), new NarinfoSigner(PUBLISHER, "tests").sign(draft, List.of()).raw(), nar);
    }

    /** A small item with so many references, well signed. */
    public static ServedItem referring(String name, int references) {
        StorePath path = path(name);
        byte[] nar = RawNar.ofFile(name.getBytes(UTF_8));
        List<StorePath> all = IntStream.range(0, references).mapToObj(i -> path("some-quite-ordinary-name-" + i))
                .toList();
        NarinfoDraft draft = new NarinfoDraft(path, new NarHash(Sha256.hash(nar)), new NarSize(nar.length), all,
                Optional.empty());
        return new ServedItem(path.path(), new NarinfoSigner(PUBLISHER, "tests").sign(draft, List.of()).raw(), nar);
    }

    /** As {@link #signed}, but with the line that says the size below the signature. */
    public static ServedItem withoutSignedSize(String name, byte[] nar) {
        StorePath path = path(name);
        String signed = "StorePath: " + path + "\nNarHash: sha256:" + Sha256.hash(nar) + "\nReferences: \n";
        GuixSignature signature = GuixSignature.sign(Sha256.hash(signed.getBytes(UTF_8)), PUBLISHER);
        String text = signed + "Signature: 1;tests;" + Base64.getEncoder().encodeToString(signature.sexp().advanced())
                + "\nNarSize: " + nar.length + "\n";
        return new ServedItem(path.path(), text.getBytes(UTF_8), nar);
    }

    private static StorePath path(String name) {
        return new StorePath("0123456789abcdfghijklmnpqrsvwxyz-" + name);
    }

    /** The same item, with another text in place of its narinfo. */
    public ServedItem withNarinfo(String text) {
        return new ServedItem(path, text.getBytes(UTF_8), nar);
    }

    /** As {@link #signed}, but nowhere is said how long the NAR is. */
    public static ServedItem withoutSize(String name, byte[] nar) {
        ServedItem item = withoutSignedSize(name, nar);
        return item.withNarinfo(item.narinfoText().replaceFirst("\nNarSize: [0-9]+\n", "\n"));
    }

    /** The same item, with other bytes in place of its NAR. */
    public ServedItem withNar(byte[] bytes) {
        return new ServedItem(path, narinfo, bytes);
    }

    /** The full store path. */
    public String path() {
        return path;
    }

    public String baseName() {
        return path.substring(StorePath.STORE.length() + 1);
    }

    public byte[] narinfo() {
        return narinfo.clone();
    }

    public String narinfoText() {
        return new String(narinfo, UTF_8);
    }

    public byte[] nar() {
        return nar.clone();
    }

    public long size() {
        return nar.length;
    }

    /** The SHA-256 of the NAR, in nix-base32. */
    public String hash() {
        return Sha256.hash(nar).base32();
    }

    /** What the daemon is told when it was restored. */
    public String success() {
        return "success sha256:" + hash() + " " + nar.length;
    }
}
