// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.world.Fetch;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.Destination;
import org.guixp2p.protocol.substituter.InfoReply;
import org.guixp2p.protocol.substituter.SubstituteReply;

/**
 * A closure, asked for once.
 *
 * @param batchSeconds the one question about all paths; 0 where there was none
 * @param walkSeconds the questions about one path each
 * @param substituteSeconds from then to the reply that says that the last item is there, verified and restored
 * @param failures what does not hold, one line each
 */
record Asked(double batchSeconds, double walkSeconds, double substituteSeconds, List<String> failures) {
    private static final Duration AT_MOST = Duration.ofMinutes(10);
    private static final double NANOS = 1e9;

    Asked {
        failures = List.copyOf(failures);
    }

    /** From the first question to the last item. */
    double seconds() {
        return batchSeconds + walkSeconds + substituteSeconds;
    }

    /**
     * Asks.
     *
     * @param query answers {@code info}
     * @param restorer answers {@code substitute}
     * @param store where items are restored
     * @throws IOException when there is no answer
     */
    static Asked ask(Closure closure, Shape shape, Substituter query, Substituter restorer, Path store)
            throws IOException, InterruptedException {
        Map<StorePath, TreeItem> items = closure.byPath();
        List<String> failures = new ArrayList<>();
        long began = System.nanoTime();
        if (shape == Shape.BATCH) {
            List<StorePath> all = items.keySet().stream().sorted().toList();
            int known = query.info(all, AT_MOST).items().size();
            if (known < all.size()) {
                failures.add("of " + all.size() + " paths asked about at once, " + known + " are known");
            }
        }
        long batched = System.nanoTime();
        Map<StorePath, List<StorePath>> references = walk(closure.root(), query);
        if (!references.keySet().equals(items.keySet())) {
            throw new IOException("the walk came by " + references.size() + " items, not " + items.size());
        }
        long walked = System.nanoTime();
        for (StorePath path : DaemonOrder.substitutes(references)) {
            substitute(Objects.requireNonNull(items.get(path)), restorer, store, failures);
        }
        long ended = System.nanoTime();
        return new Asked((batched - began) / NANOS, (walked - batched) / NANOS, (ended - walked) / NANOS, failures);
    }

    /** Seconds that the questions about one path each take. */
    static double walk(Closure closure, Substituter query) throws IOException, InterruptedException {
        long began = System.nanoTime();
        walk(closure.root(), query);
        return (System.nanoTime() - began) / NANOS;
    }

    private static Map<StorePath, List<StorePath>> walk(StorePath root, Substituter query)
            throws IOException, InterruptedException {
        return DaemonOrder.walk(root, path -> {
            List<InfoReply.Item> answer = query.info(List.of(path), AT_MOST).items();
            if (answer.isEmpty()) {
                throw new IOException(query.child().name() + " knows nothing of " + path);
            }
            return answer.getFirst().references();
        });
    }

    private static void substitute(TreeItem item, Substituter restorer, Path store, List<String> failures)
            throws IOException, InterruptedException {
        Destination destination = Destination.parse(store.resolve(item.path().baseName()).toString());
        SubstituteReply reply = restorer.substitute(new Command.Substitute(item.path(), destination), AT_MOST);
        if (!reply.equals(new SubstituteReply.Success(item.nar().hash(), item.nar().size()))) {
            failures.add(item.path() + ": the reply is '" + reply.text().strip() + "'");
        }
    }

    /**
     * Looks, when nothing is measured any more, whether {@code store} holds what it should.
     *
     * @param deduplicated whether equal files should be one
     */
    static void check(Closure closure, Path store, boolean deduplicated, List<String> failures) throws IOException {
        for (TreeItem item : closure.items()) {
            Path restored = store.resolve(item.path().baseName());
            Fetch.checkTree(item, restored, failures);
            if (deduplicated) {
                Fetch.checkShared(restored, failures);
            }
        }
    }
}
