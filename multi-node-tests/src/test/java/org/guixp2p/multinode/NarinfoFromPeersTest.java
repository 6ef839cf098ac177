// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.swarm.Offers;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.swarm.ItemKey;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Without any server, a peer's word counts as far as somebody else has signed it. */
@Timeout(120)
class NarinfoFromPeersTest extends InAWorld {
    /** Nobody listens there. */
    private static final URI OUT_OF_REACH = URI.create("http://127.0.0.1:1");

    private final AtomicInteger asked = new AtomicInteger();

    /** Gives, when it is asked for a narinfo, what a liar makes of the true one. */
    private final class Lying extends Giving {
        private final UnaryOperator<byte[]> lie;

        Lying(Offers real, UnaryOperator<byte[]> lie) {
            super(real);
            this.lie = lie;
        }

        @Override
        public CompletionStage<Optional<byte[]>> narinfo(ItemKey item) {
            return real.narinfo(item).thenApply(text -> {
                asked.incrementAndGet();
                return text.map(lie);
            });
        }
    }

    /** Has the item, and has been told what it is while there was a server. */
    private Node seeder(String name, UnaryOperator<Offers> giving, World.Item... items) throws Exception {
        Node seeder = world.plan(name).seeding(items).giving(giving).start();
        Path cache = world.home(name).resolve("cache/narinfo");
        Await.until(() -> files(cache) >= items.length, () -> "no narinfo in " + cache);
        return seeder;
    }

    private static long files(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).count();
        } catch (UncheckedIOException | IOException e) {
            return 0;
        }
    }

    private static NarinfoSigner signer(String key) {
        try {
            return new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/" + key + ".sec")), "test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] signed(String key, World.Item item, NarHash hash) {
        return signer(key).sign(new NarinfoDraft(item.path(), hash, new NarSize(item.nar().length), List.of(),
                Optional.empty()), List.of()).raw();
    }

    private static NarHash hash(World.Item item) {
        return new NarHash(Sha256.hash(item.nar()));
    }

    @Test
    void whatAPeerPassesOnIsSubstitutedAndPassedOn() throws Exception {
        World.Item item = world.item("noise", 700_000, false);
        Node seeder = seeder("seeder", real -> real, item);
        Node second = world.plan("second").servers().dialling(seeder).start();
        assertArrayEquals(item.nar(), world.fetch("second", item));
        World.stop(seeder);
        World.awaitOffered(second, 1);
        world.plan("third").servers(OUT_OF_REACH).dialling(second).start();
        assertArrayEquals(item.nar(), world.fetch("third", item));
        Path kept = world.home("third").resolve("state/nars/" + hash(item).base32() + ".narinfo");
        Await.until(() -> Files.exists(kept), () -> "not kept: " + kept);
        Narinfo narinfo = Narinfo.parse(Files.readAllBytes(kept));
        assertTrue(narinfo.isSigned());
        assertEquals(List.of(), narinfo.sources());
    }

    private void assertRefused(UnaryOperator<byte[]> lie, World.Item item, World.Item... others) throws Exception {
        Node liar = seeder("liar", real -> new Lying(real, lie),
                Stream.concat(Stream.of(item), Stream.of(others)).toArray(World.Item[]::new));
        world.plan("fetcher").servers().dialling(liar).start();
        assertThrows(IOException.class, () -> world.fetch("fetcher", item));
        assertTrue(asked.get() > 0, "the liar was not asked");
        Node honest = seeder("honest", real -> real, item);
        world.plan("lucky").servers().dialling(liar, honest).start();
        assertArrayEquals(item.nar(), world.fetch("lucky", item));
    }

    @Test
    void aForgedOneIsRefused() throws Exception {
        World.Item item = world.item("noise", 300_000, false);
        assertRefused(text -> new String(text, StandardCharsets.UTF_8)
                .replace("NarSize: ", "NarSize: 1").getBytes(StandardCharsets.UTF_8), item);
    }

    @Test
    void thatOfAnotherItemIsRefused() throws Exception {
        World.Item item = world.item("noise", 300_000, false);
        World.Item other = world.item("other", 300_008, false);
        assertRefused(text -> signed("publisher", other, hash(other)), item, other);
    }

    @Test
    void oneSignedByAKeyThatIsNotInTheAclIsRefused() throws Exception {
        World.Item item = world.item("noise", 300_000, false);
        assertRefused(text -> signed("second", item, hash(item)), item);
    }

    @Test
    void whatIsNoNarinfoOrHasNoSignatureIsRefused() throws Exception {
        World.Item item = world.item("noise", 300_000, false);
        assertRefused(text -> {
            String all = new String(text, StandardCharsets.UTF_8);
            return asked.get() % 2 == 0
                    ? new byte[]{0, 1, 2}
                    : all.substring(0, all.indexOf("Signature:")).getBytes(StandardCharsets.UTF_8);
        }, item);
    }

    @Test
    void aServerThatSpeaksIsBelievedAndNoPeerIsAsked() throws Exception {
        World.Item item = world.item("noise", 300_000, false);
        Node seeder = seeder("seeder", real -> new Lying(real, text -> text), item);
        world.plan("fetcher").dialling(seeder).start();
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
        World.Item unknown = new World.Item(
                new StorePath("0".repeat(32) + "-unknown"), new byte[0]);
        assertThrows(IOException.class, () -> world.fetch("fetcher", unknown));
        assertEquals(0, asked.get());
    }

    @Test
    void whatIsNotOfferedIsNotPassedOn() throws Exception {
        World.Item item = world.item("noise", 300_000, false);
        Node seeder = seeder("seeder", real -> real, item);
        World.Item other = world.item("other", 300_008, false);
        world.plan("fetcher").servers().dialling(seeder).start();
        assertThrows(IOException.class, () -> world.fetch("fetcher", other));
        assertArrayEquals(item.nar(), world.fetch("fetcher", item));
    }
}
