// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.guixp2p.persistence.reputation.TestPeers.peer;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A journal in a process of its own, which may come to any harm. */
final class StoreMain {
    private static final Transfer WENT_WELL = new Transfer(10 << 20, 2_000, 40, 30, 0, 0);

    private final ReputationStore store;
    private final Reputation reputation;

    private StoreMain(ReputationStore store) {
        this.store = store;
        this.reputation = store.reputation();
    }

    /** Does what the first word says, with the state directory that follows. */
    public static void main(String[] words) throws Exception {
        if (words[0].equals("engine")) {
            System.out.print(Engine.choose().name());
            return;
        }
        Path state = Path.of(words[1]);
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "test",
                ConfigFactory.parseMap(Map.of("pekko.loglevel", "OFF", "pekko.stdout-loglevel", "OFF"))
                        .withFallback(ConfigFactory.load()));
        ReputationStore store = ReputationStore.open(system, state, InstantSource.system(), new Random(5));
        StoreMain main = new StoreMain(store);
        switch (words[0]) {
            case "killed" -> main.killed();
            case "full" -> main.full(state);
            default -> throw new IllegalArgumentException(words[0]);
        }
        store.close().toCompletableFuture().get(30, TimeUnit.SECONDS);
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
        System.out.print("ended");
    }

    private void killed() throws Exception {
        for (int i = 0; i < 100; i++) {
            reputation.transferred(peer(i), WENT_WELL);
        }
        reputation.misbehaved(peer(1_000), Offence.MALFORMED);
        write();
        new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid())).inheritIO().start().waitFor();
        Thread.currentThread().join();
    }

    private void full(Path state) throws Exception {
        Path filler = state.resolve("filler");
        try (OutputStream out = Files.newOutputStream(filler)) {
            byte[] zeros = new byte[1 << 16];
            while (true) {
                out.write(zeros);
            }
        } catch (IOException full) {
            System.out.println(full.getMessage());
        }
        for (int i = 0; i < 100; i++) {
            reputation.transferred(peer(i), WENT_WELL);
        }
        reputation.misbehaved(peer(1_000), Offence.MALFORMED);
        write();
        System.out.println(reputation.hasUnwritten() ? "waits" : "written to a full disk");
        Files.delete(filler);
        write();
        System.out.println(reputation.hasUnwritten() ? "still waits" : "written");
    }

    private void write() throws Exception {
        store.write().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
