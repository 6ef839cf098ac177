// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.testing.StoreDatabaseWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What nodes find out when their users look: what is installed, what peers have, and what is wrong. */
@Timeout(120)
class InsightTest extends InAWorld {
    private static final int SIZE = 100_000;

    private static JsonNode api(Node node, String path) throws IOException {
        return JsonMapper.builder().build().readTree(World.api(node, path));
    }

    private int info(String node, World.Item... items) throws IOException {
        try (Restorer restorer = new Restorer(world.socket(node), FromRestorer.Mode.QUERY)) {
            return restorer.info(Stream.of(items).map(World.Item::path).toArray(StorePath[]::new));
        }
    }

    private static List<String> said(JsonNode packages) {
        return packages.valueStream().map(one -> String.join(" ", one.get("profile").asText(),
                one.get("name").asText(), one.get("seed").asText())).toList();
    }

    @Test
    void whatIsInstalledIsSaidAndWhetherOthersCanHaveIt() throws Exception {
        World.Item seeded = world.item("b-seeded", SIZE, false);
        World.Item could = world.item("d-could", SIZE + 1, false);
        World.Item other = world.item("c-other", SIZE + 2, false);
        World.Item unheard = world.item("a-unheard", SIZE + 3, false);
        world.install("alice", seeded, could, other, unheard);
        world.install("bob", seeded);
        Path databases = Files.createDirectories(world.storeRoot().resolve("var/guix/db"));
        try (StoreDatabaseWriter daemon = new StoreDatabaseWriter(databases.resolve("db.sqlite"))) {
            for (World.Item item : List.of(seeded, could, other, unheard)) {
                // Of one the user has a build of his own.
                byte[] nar = item.equals(other) ? unheard.nar() : item.nar();
                daemon.register(item.path(), new NarHash(Sha256.hash(nar)), nar.length, 1_000);
            }
        }
        Node node = world.plan("node").policy(SubstitutePolicy.P2P_FIRST).seeding(seeded).start();
        World.awaitOffered(node, 1);
        assertEquals(2, info("node", could, other));
        assertEquals(List.of("user:alice a-unheard unknown", "user:alice b-seeded seeded", "user:bob b-seeded seeded",
                "user:alice c-other not-public", "user:alice d-could could-be"), said(api(node, "/api/packages")));
        assertEquals(List.of("user:alice b-seeded seeded"), said(api(node, "/api/packages?q=SEED+alice")));
        assertEquals(List.of("user:alice b-seeded seeded", "user:bob b-seeded seeded"),
                said(api(node, "/api/packages?limit=2&after=a-z")));
    }

    @Test
    @Tag("slow")
    void whatPeersHaveIsSaidAsFarAsItIsKnownByName() throws Exception {
        World.Item offered = world.item("offered", SIZE, false);
        World.Item lonely = world.item("lonely", SIZE + 1, false);
        World.Item unheard = world.item("unheard", SIZE + 2, false);
        Node seeder = world.plan("seeder").seeding(offered, unheard).start();
        World.awaitOffered(seeder, 2);
        Node node = world.plan("node").withAStoreOfItsOwn().policy(SubstitutePolicy.P2P_FIRST).dialling(seeder).start();
        World.awaitPeers(node, 1);
        assertEquals(2, info("node", offered, lonely));
        JsonNode found = JsonMapper.builder().build()
                .readTree(World.await(node, "/api/catalog", said -> said.contains(offered.path().path())));
        assertEquals(List.of(1, 1, offered.nar().length, false),
                List.of(found.size(), found.get(0).get("providers").asInt(), found.get(0).get("narBytes").asInt(),
                        found.get(0).get("held").asBoolean()),
                found::toString);
        assertEquals(new NarHash(Sha256.hash(offered.nar())).toString(), found.get(0).get("narHash").asText());
        assertArrayEquals(offered.nar(), world.fetch("node", offered));
        World.await(node, "/api/catalog", said -> said.contains("\"held\":true"));
        World.stop(seeder);
        World.await(node, "/api/catalog", said -> said.equals("[]"));
    }

    @Test
    void whatTheDoctorFindsIsSaidWithWhatToDo() throws Exception {
        Node node = world.plan("node").start();
        JsonNode findings = api(node, "/api/diagnostics");
        List<String> subjects = findings.valueStream().map(one -> one.get("subject").asText()).distinct().toList();
        assertTrue(subjects.containsAll(List.of("identity", "listen address", "disk", "node", "guix-daemon",
                "substitute servers")), subjects::toString);
        findings.forEach(finding -> assertEquals(finding.get("verdict").asText().equals("ok"),
                finding.get("advice").asText().isEmpty(), finding::toString));
        List<JsonNode> ofNode = findings.valueStream().filter(one -> one.get("subject").asText().equals("node"))
                .toList();
        assertEquals(2, ofNode.size());
        ofNode.forEach(one -> assertEquals("ok", one.get("verdict").asText(), one::toString));
        // How long the node has run is among it: who asks again soon is told what was found before.
        double found = World.number(World.api(node, "/api/status"), "uptimeSeconds");
        World.await(node, "/api/status", said -> World.number(said, "uptimeSeconds") > found);
        assertEquals(findings, api(node, "/api/diagnostics"));
    }
}
