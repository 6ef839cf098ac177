// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.guixp2p.node.Node;
import org.guixp2p.node.config.SubstitutePolicy;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.node.control.ControlServer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What nodes say of what happens while they work. */
@Timeout(120)
class EventsTest extends InAWorld {
    /** Of some blocks. */
    private static final int SIZE = 3_000_000;

    /** Reads a node's events as they come. */
    private static final class Stream implements AutoCloseable {
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final List<String> seen = new ArrayList<>();
        private final Socket socket;
        private @Nullable String lastId;

        private Stream(Node node, String headers) throws IOException {
            HostAndPort api = node.addresses().api().orElseThrow();
            socket = new Socket(api.host(), api.port());
            socket.getOutputStream().write(("GET /api/events/stream HTTP/1.1\r\nHost: " + api + "\r\n" + headers
                    + "\r\n").getBytes(StandardCharsets.US_ASCII));
            BufferedReader reader = new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            Thread.ofVirtual().name("events").start(() -> {
                try {
                    reader.lines().filter(line -> line.startsWith("data: ")).forEach(events::add);
                } catch (RuntimeException e) {
                    // it was closed
                }
            });
        }

        /** Waits for an event of a type, and returns it. */
        private String await(String type) throws InterruptedException {
            String event;
            do {
                event = events.poll(30, TimeUnit.SECONDS);
                assertTrue(event != null, () -> "no " + type + " after " + seen);
                seen.add(event);
                lastId = Long.toString((long) World.number(event, "number"));
            } while (!event.contains("\"type\":\"" + type + '"'));
            return event;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static void assertHas(String event, String name, Object value) {
        assertTrue(event.contains('"' + name + "\":" + (value instanceof String ? "\"" + value + '"' : value)), event);
    }

    @Test
    void aTransferBetweenTwoNodesIsSeenWhileItGoesOn() throws Exception {
        World.Item item = world.item("seen", SIZE, false);
        Node seeder = world.plan("seeder").seeding(item).start();
        Node fetcher = world.plan("fetcher").withAStoreOfItsOwn().dialling(seeder).start();
        String path = item.path().path();
        String last;
        try (Stream events = new Stream(fetcher, ""); Stream given = new Stream(seeder, "")) {
            assertHas(events.await("peer-dialled"), "peerId", seeder.addresses().peer().toString());
            assertHas(events.await("peer-connected"), "peerId", seeder.addresses().peer().toString());
            assertArrayEquals(item.nar(), world.fetch("fetcher", item));
            assertHas(events.await("build-seen"), "storePath", path);
            assertHas(events.await("metadata-trusted"), "storePath", path);
            assertHas(events.await("download-started"), "narBytes", item.nar().length);
            assertHas(events.await("phase-changed"), "phase", "providers");
            assertHas(events.await("phase-changed"), "phase", "blocks");
            String received = events.await("blocks-received");
            assertHas(received, "source", seeder.addresses().peer().toString());
            assertHas(events.await("download-succeeded"), "storePath", path);
            last = String.valueOf(events.lastId);
            events.await("seed-added");
            given.await("seed-added");
            assertTrue(World.number(given.await("blocks-served"), "blocks") > 0);
            World.stop(seeder);
            assertHas(events.await("peer-lost"), "peerId", seeder.addresses().peer().toString());
        }
        // Whoever comes again sees what he has missed, and nothing twice.
        try (Stream again = new Stream(fetcher, "Last-Event-ID: " + last + "\r\n")) {
            again.await("peer-lost");
            assertTrue(again.seen.stream().noneMatch(event -> event.contains("download-succeeded")),
                    again.seen::toString);
        }
        String builds = World.await(fetcher, "/api/builds", said -> said.contains(path));
        assertHas(builds, "answer", "All of it came from one peer.");
        assertHas(builds, "from", "peers");
        assertTrue(builds.contains("\"name\":\"blocks\""), builds);
        assertEquals(builds, World.api(fetcher, "/api/builds/" + item.path().baseName()));
        assertThrows(FileNotFoundException.class, () -> World.api(fetcher, "/api/builds/nothing"));
        assertTrue(World.number(World.api(fetcher, "/api/status"), "buildsSeen") > 0);
    }

    @Test
    @Tag("slow")
    void howASeederIsAnnouncedAndFoundIsSeen() throws Exception {
        World.Item item = world.item("found", SIZE, false);
        Node meetingPoint = world.plan("meeting-point").meetingAt().start();
        Node seeder = world.plan("seeder").seeding(item).meetingAt(meetingPoint).start();
        Node fetcher = world.plan("fetcher").withAStoreOfItsOwn().meetingAt(meetingPoint).start();
        try (Stream announced = new Stream(seeder, ""); Stream found = new Stream(fetcher, "")) {
            assertHas(announced.await("announcement-started"), "whole", true);
            // The first one may have had nobody to take it.
            String taken = announced.await("announcement-ended");
            while (World.number(taken, "keptBy") == 0 || taken.contains("\"narHash\":null")) {
                assertTrue(announced.seen.size() < 1000, announced.seen::toString);
                taken = announced.await("announcement-ended");
            }
            assertHas(taken, "narHash", new NarHash(Sha256.hash(item.nar())).toString());
            assertArrayEquals(item.nar(), world.fetch("fetcher", item));
            found.await("download-succeeded");
        }
    }

    private List<String> why(String node, StorePath path) throws IOException {
        List<String> lines = new ArrayList<>();
        ControlClient.ask(ControlServer.beside(world.socket(node)), new ControlQuestion.Why(path),
                line -> lines.add((line.hasPath("why_not_peers") ? line.getString("why_not_peers") + ": " : "")
                        + line.getString("answer")));
        return lines;
    }

    @Test
    void whatNoPeerHasComesFromAServerAndThatIsSaid() throws Exception {
        World.Item item = world.item("servers", SIZE, true);
        Node fetcher = world.plan("fetcher").withAStoreOfItsOwn().policy(SubstitutePolicy.P2P_FIRST).start();
        try (Stream events = new Stream(fetcher, "")) {
            assertArrayEquals(item.nar(), world.fetch("fetcher", item));
            assertHas(events.await("fell-back-to-http"), "reason", "no connected peer has it");
            events.await("download-succeeded");
        }
        World.await(fetcher, "/api/builds", said -> said.contains(item.path().path()));
        String said = why("fetcher", item.path()).getFirst();
        assertTrue(said.startsWith("no-provider: It came from http://")
                && said.endsWith(", because of peers: no connected peer has it."), said);
    }

    @Test
    void whatNobodyHasHasFailedAndThatIsSaid() throws Exception {
        World.Item item = world.item("nobody", SIZE, false);
        Node fetcher = world.plan("fetcher").withAStoreOfItsOwn().policy(SubstitutePolicy.P2P_FIRST).start();
        try (Stream events = new Stream(fetcher, "")) {
            assertThrows(IOException.class, () -> world.fetch("fetcher", item));
            events.await("download-failed");
        }
        World.await(fetcher, "/api/builds", said -> said.contains(item.path().path()));
        String said = why("fetcher", item.path()).getFirst();
        assertTrue(said.startsWith("no-provider: It was not fetched: no connected peer has it; "), said);
    }

    /** What the daemon builds by itself then, or fetches elsewhere: no download of it ever begins. */
    @Test
    void whatWasNotPromisedIsSaidToo() throws Exception {
        World.Item item = world.item("nobody", SIZE, false);
        StorePath unknown = new StorePath("0123456789abcdfghijklmnpqrsvwxyz-unknown");
        Node fetcher = world.plan("fetcher").withAStoreOfItsOwn().policy(SubstitutePolicy.P2P_ONLY).start();
        try (Restorer daemon = new Restorer(world.socket("fetcher"), FromRestorer.Mode.QUERY)) {
            assertEquals(0, daemon.info(item.path(), unknown));
        }
        assertEquals(List.of(
                "no-provider: Whoever asked was told that it cannot be had: no peer has said in time that it has it, and no server gives it (substitute_policy = p2p-only)."),
                why("fetcher", item.path()));
        assertEquals(List.of(
                "no-metadata: Whoever asked was told that it cannot be had: none of the servers that were asked has a"
                        + " narinfo of it, or none answers."),
                why("fetcher", unknown));
        String build = World.api(fetcher, "/api/builds/" + item.path().baseName());
        assertHas(build, "outcome", "not-claimed");
        assertHas(build, "narBytes", item.nar().length);
        assertTrue(build.contains("\"name\":\"metadata\"") && build.contains("\"name\":\"providers\""), build);
        assertEquals("[]", World.api(fetcher, "/api/builds?outcome=done,failed"), "no download has begun");
        String refused = World.api(fetcher, "/api/builds");
        assertTrue(refused.contains(item.path().path()) && refused.contains(unknown.path()), refused);
        Node seeder = world.plan("seeder").seeding(item).dialling(fetcher).start();
        try (Restorer daemon = new Restorer(world.socket("fetcher"), FromRestorer.Mode.SUBSTITUTE)) {
            World.await(fetcher, "/api/peers", said -> said.contains(seeder.addresses().peer().toString()));
            assertArrayEquals(item.nar(), daemon.substitute(item.path()));
        }
        World.await(fetcher, "/api/builds", said -> said.contains(item.path().path()));
        assertEquals(List.of("All of it came from one peer."), why("fetcher", item.path()));
    }
}
