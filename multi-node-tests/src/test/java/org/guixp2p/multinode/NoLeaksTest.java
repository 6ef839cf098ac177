// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What every other test relies on to find what it leaves behind. */
@ExtendWith(NoLeaks.class)
class NoLeaksTest {
    @TempDir
    private Path directory;

    private static Collection<String> since(Map<String, String> before) throws Exception {
        Map<String, String> now = NoLeaks.present();
        now.keySet().removeAll(before.keySet());
        return now.values();
    }

    @Test
    void threadsFilesSocketsProcessesAndActorSystemsThatAreLeftAreSeen() throws Exception {
        Map<String, String> before = NoLeaks.present();
        CountDownLatch go = new CountDownLatch(1);
        Runnable waiting = () -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        Thread platform = Thread.ofPlatform().name("platform").start(waiting);
        Thread virtual = Thread.ofVirtual().name("virtual").start(waiting);
        Path file = Files.writeString(directory.resolve("file"), "x");
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "left");
        Process process = new ProcessBuilder("cat").start();
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                InputStream open = Files.newInputStream(file)) {
            Collection<String> seen = since(before);
            assertTrue(
                    seen.containsAll(List.of("thread platform", "virtual thread virtual", file.toRealPath().toString(),
                            "process " + process.pid())),
                    seen::toString);
            assertTrue(seen.stream().anyMatch(what -> what.startsWith("socket:")), seen::toString);
            assertTrue(seen.stream().anyMatch(what -> what.startsWith("thread left-")), seen::toString);
            assertEquals('x', open.read());
            assertTrue(socket.isBound());
        } finally {
            go.countDown();
            system.terminate();
            process.destroyForcibly();
        }
        platform.join();
        virtual.join();
    }
}
