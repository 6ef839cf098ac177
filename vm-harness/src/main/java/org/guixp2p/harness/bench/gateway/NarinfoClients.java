// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.guixp2p.harness.bench.HttpClientSocket;
import org.guixp2p.harness.bench.Latencies;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.swarm.HostAndPort;

/** Clients that each ask for narinfos, one after another, all at the same time. */
final class NarinfoClients {
    private static final double NANOS = 1e9;
    private static final int WARM_UP_QUESTIONS = 100;

    private final HostAndPort gateway;
    private final List<TreeItem> items;

    /** What came of it. */
    record Outcome(Latencies latencies, int errors, double seconds) {
        static final Outcome NONE = new Outcome(Latencies.of(new long[0]), 0, 0);
    }

    private record Client(long[] nanos, int errors) {}

    NarinfoClients(HostAndPort gateway, List<TreeItem> items) {
        this.gateway = gateway;
        this.items = List.copyOf(items);
    }

    /** One client asks for all once, and then so many each for some: the JVM compiles what clients do before they are measured. */
    int warmUp(int clients) throws InterruptedException {
        return run(1, items.size()).errors() + run(clients, WARM_UP_QUESTIONS).errors();
    }

    /** So many clients each ask so often, each beginning elsewhere. */
    Outcome run(int clients, int questions) throws InterruptedException {
        List<Future<Client>> all = new ArrayList<>();
        long began = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < clients; i++) {
                int first = i;
                all.add(threads.submit(() -> ask(first, questions)));
            }
        }
        double seconds = (System.nanoTime() - began) / NANOS;
        int errors = 0;
        long[] nanos = new long[0];
        for (Future<Client> client : all) {
            try {
                Client done = client.get();
                errors += done.errors();
                int before = nanos.length;
                nanos = Arrays.copyOf(nanos, before + done.nanos().length);
                System.arraycopy(done.nanos(), 0, nanos, before, done.nanos().length);
            } catch (ExecutionException e) {
                errors += questions;
            }
        }
        return new Outcome(Latencies.of(nanos), errors, seconds);
    }

    private Client ask(int first, int questions) throws IOException {
        long[] nanos = new long[questions];
        int errors = 0;
        try (HttpClientSocket socket = new HttpClientSocket(gateway)) {
            for (int i = 0; i < questions; i++) {
                TreeItem item = items.get((first + i) % items.size());
                ByteArrayOutputStream text = new ByteArrayOutputStream();
                long began = System.nanoTime();
                socket.get("/" + item.path().hashPart() + ".narinfo", text::write);
                nanos[i] = System.nanoTime() - began;
                errors += text.toString(UTF_8).startsWith("StorePath: " + item.path().path() + "\n") ? 0 : 1;
            }
        }
        return new Client(nanos, errors);
    }
}
