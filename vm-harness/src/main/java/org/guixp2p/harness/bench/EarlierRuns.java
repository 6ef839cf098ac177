// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.swarm.Manifest;
import org.guixp2p.protocol.swarm.ManifestBuilder;

/**
 * What a node has in its state directory of items that it offered before: written at once, and not flushed to the disk one by
 * one as a node does, since there may be a hundred thousand. Each item is a small file of its own content.
 */
public final class EarlierRuns {
    /** Files that are made an item at most, and what a file system takes for a small one. */
    public static final long BYTES_PER_ITEM = 4 * 4096;

    private static final byte[] MANIFEST = "GXP2MAN1".getBytes(StandardCharsets.US_ASCII);
    private static final String SIGNATURE = "Signature:";

    private final Path root;
    private final Path store;
    private final Path state;
    private final SigningKey key = SigningKey.generate(new SecureRandom());
    private String signature = "";

    private record Item(StorePath path, byte[] nar, NarHash hash, Manifest manifest) {}

    /** Below {@code directory}, which is made. */
    public EarlierRuns(Path directory) throws IOException {
        this.root = Files.createDirectory(directory);
        this.store = Files.createDirectories(root.resolve("gnu/store"));
        this.state = Files.createDirectory(root.resolve("state"));
        Files.write(root.resolve("acl"), Acl.of(List.of(key.publicKey())).encoded());
        Files.write(root.resolve("key.pub"), key.publicKey().encoded());
    }

    /** The state directory of that node. */
    public Path state() {
        return state;
    }

    /** Settings of a node that finds all of this. */
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("substitute_policy", "p2p-only");
        settings.put("substitute_urls", List.of());
        settings.put("acl_path", root.resolve("acl").toString());
        settings.put("public_keys", List.of(root.resolve("key.pub").toString()));
        settings.put("share", "lan");
        settings.put("store_root", root.toString());
        settings.put("state_dir", state.toString());
        return settings;
    }

    /** Items of the store, each with what hashing it gave. */
    public void nameItems(int count) throws IOException {
        Path seeds = Files.createDirectory(state.resolve("seeds"));
        for (int i = 0; i < count; i++) {
            Item item = item(i);
            Files.writeString(seeds.resolve(item.path().baseName() + ".seed"),
                    String.join("\n", item.hash().toString(), fingerprint(store.resolve(item.path().baseName())),
                            Long.toString(item.nar().length), item.manifest().root().base32(), ""));
            writeManifest(seeds.resolve(item.path().baseName() + ".manifest"), item);
        }
    }

    /**
     * NARs kept after downloads. All narinfos have the first one's signature: what is measured verifies none, and signing takes
     * longer than everything else.
     */
    void keepNars(int count) throws IOException {
        Path nars = Files.createDirectory(state.resolve("nars"));
        for (int i = 0; i < count; i++) {
            Item item = item(i);
            Files.delete(store.resolve(item.path().baseName()));
            String name = item.hash().base32();
            Files.write(nars.resolve(name + ".nar"), item.nar());
            writeManifest(nars.resolve(name + ".manifest"), item);
            Files.writeString(nars.resolve(name + ".narinfo"), narinfo(item));
        }
    }

    private Item item(int number) throws IOException {
        String digits = Sha256.hash(Integer.toString(number).getBytes(StandardCharsets.US_ASCII)).base32();
        StorePath path = new StorePath(
                digits.substring(0, StorePath.HASH_LENGTH) + "-package-of-some-length-" + number + ".1.2");
        Path tree = Files.writeString(store.resolve(path.baseName()), "item " + number + "\n");
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        TreeSerializer.write(tree, nar);
        byte[] bytes = nar.toByteArray();
        ManifestBuilder manifest = new ManifestBuilder(new NarSize(bytes.length));
        manifest.update(bytes, 0, bytes.length);
        return new Item(path, bytes, new NarHash(Sha256.hash(bytes)), manifest.finish());
    }

    private static String fingerprint(Path tree) throws IOException {
        Map<String, Object> of = Files.readAttributes(tree, "unix:dev,ino,ctime,size", LinkOption.NOFOLLOW_LINKS);
        return of.get("dev") + ":" + of.get("ino") + ":" + of.get("ctime") + ":" + of.get("size");
    }

    private static void writeManifest(Path file, Item item) throws IOException {
        byte[] hashes = item.manifest().hashes();
        Files.write(file, ByteBuffer.allocate(MANIFEST.length + Long.BYTES + Sha256.BYTES + hashes.length)
                .put(MANIFEST).putLong(item.nar().length).put(item.manifest().root().bytes()).put(hashes).array());
    }

    private String narinfo(Item item) {
        NarinfoDraft draft = new NarinfoDraft(item.path(), item.hash(), new NarSize(item.nar().length), List.of(),
                Optional.empty());
        if (signature.isEmpty()) {
            Narinfo signed = new NarinfoSigner(key, "guix-p2p-bench").sign(draft, List.of());
            signature = signed.signature().orElseThrow();
            return new String(signed.raw(), StandardCharsets.UTF_8);
        }
        return "StorePath: " + item.path() + "\nNarHash: " + item.hash() + "\nNarSize: " + item.nar().length
                + "\nReferences: \n" + SIGNATURE + " " + signature + "\n";
    }
}
