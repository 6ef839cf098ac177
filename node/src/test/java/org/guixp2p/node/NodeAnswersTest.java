// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.node.metadata.MetadataSite;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.node.testing.TestSettings;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.NarSize;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerId;
import org.guixp2p.protocol.testing.Fixtures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is looked for when the user asks, with metadata from a server. */
class NodeAnswersTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
    private static final NarHash NAR = new NarHash(Sha256.hash(new byte[1000]));

    @TempDir
    private Path directory;

    private final ActorTestKit kit = ActorTestKit.create();
    private final List<NarHash> lookedFor = new ArrayList<>();
    private final List<Map<String, ?>> lines = new ArrayList<>();
    private ProviderDirectory.Listener listener;
    private boolean cancelled;
    private HttpServer server;
    private MetadataSite site;

    /** Finds what the test says. */
    private final ProviderDirectory directoryOfTest = new ProviderDirectory() {
        @Override
        public void announce(Announcement announcement) {}

        @Override
        public void withdraw(NarHash nar) {}

        @Override
        public Lookup lookup(Question question, Listener asker) {
            lookedFor.add(question.nar());
            listener = asker;
            return () -> cancelled = true;
        }
    };

    @BeforeEach
    void serve() throws IOException {
        byte[] narinfo = new NarinfoSigner(SigningKey.parse(Fixtures.bytes("keys/publisher.sec")), "test")
                .sign(new NarinfoDraft(ITEM, NAR, new NarSize(1000), List.of(), Optional.empty()), List.of()).raw();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean known = exchange.getRequestURI().getPath().equals("/" + ITEM.hashPart() + ".narinfo");
            exchange.sendResponseHeaders(known ? 200 : 404, known ? narinfo.length : -1);
            exchange.getResponseBody().write(known ? narinfo : new byte[0]);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
        site.close();
        kit.shutdownTestKit();
    }

    private NodeAnswers answers(String... publicKeys) throws ConfigException {
        site = new MetadataSite(kit, directory, TestSettings.of(Duration.ofSeconds(20), Duration.ofSeconds(20), 4, 64, 1),
                publicKeys);
        NodeConfig config = ConfigLoader.parse(new Surroundings(Map.of(), "alice", directory, directory), "test",
                "substitute_urls = [\"http://127.0.0.1:" + server.getAddress().getPort() + "\"]").config();
        LiveView view = new LiveView(config, PeerId.ofPublicKey(new byte[PeerId.KEY_BYTES]),
                new Actors(kit.system(), kit.<org.guixp2p.node.swarm.Swarm.Command>createTestProbe().ref(),
                        kit.<org.guixp2p.node.seed.Seeds.Command>createTestProbe().ref(),
                        kit.<org.guixp2p.node.download.Downloads.Command>createTestProbe().ref()),
                new Transfers(), RateLimits.none(), () -> CompletableFuture.completedFuture(List.of()));
        return new NodeAnswers(config, view, directoryOfTest, () -> CompletableFuture.completedFuture(List.of()),
                site.metadata, Reputation.empty(InstantSource.system(), RandomGenerator.getDefault()));
    }

    private Object said(String key) {
        return lines.getLast().get(key);
    }

    @Test
    void whoHasAPublicItemIsSaidAsItIsFound() throws Exception {
        CompletableFuture<?> answer = answers("publisher").answer(new ControlQuestion.ProvidersOfPath(ITEM), lines::add);
        Eventually.holds(() -> listener != null, () -> "a lookup");
        assertEquals(List.of(NAR), lookedFor);
        assertEquals(NAR.toString(), said("nar"));
        listener.found(List.of(new ProviderHint.Unnamed(new HostAndPort("192.0.2.7", 6881))));
        assertEquals("192.0.2.7:6881", said("provider"));
        assertTrue(((Long) said("after_ms")) >= 0);
        assertEquals(false, answer.isDone());
        listener.ended(ProviderDirectory.End.EXHAUSTED);
        assertEquals("exhausted", said("ended"));
        Eventually.get(answer);
    }

    /** Whoever is asked would learn of it. */
    @Test
    void aPrivateItemIsNotLookedFor() throws Exception {
        Eventually.get(answers().answer(new ControlQuestion.ProvidersOfPath(ITEM), lines::add));
        assertEquals("private", said("refused"));
        assertEquals(List.of(), lookedFor);
    }

    @Test
    void whatNoServerKnowsIsNotLookedFor() throws Exception {
        StorePath unknown = new StorePath("0h4g6321gwygvwv47kr4bc8y0lf49fsy-unknown");
        Eventually.get(answers("publisher").answer(new ControlQuestion.ProvidersOfPath(unknown), lines::add));
        assertEquals("unknown", said("refused"));
        assertEquals(List.of(), lookedFor);
    }

    @Test
    void aSearchThatIsGivenUpEndsTheLookup() throws Exception {
        CompletableFuture<?> answer = answers().answer(new ControlQuestion.ProvidersOfNar(NAR), lines::add);
        assertEquals(List.of(NAR), lookedFor);
        answer.cancel(false);
        assertTrue(cancelled);
    }
}
