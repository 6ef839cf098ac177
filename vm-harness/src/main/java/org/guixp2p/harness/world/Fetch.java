// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.world;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.tree.DeduplicationCheck;
import org.guixp2p.harness.tree.TreeComparison;
import org.guixp2p.protocol.store.TreeSerializer;
import org.guixp2p.protocol.substituter.Command;
import org.guixp2p.protocol.substituter.Destination;
import org.guixp2p.protocol.substituter.SubstituteReply;

/**
 * One item, asked for and looked at.
 *
 * @param seconds from the request until the reply that says it is there, verified and restored
 * @param transfer the fetcher's own account of it
 * @param deduplicated files that share their bytes through the store's {@code .links}
 * @param failures what does not hold, one line each
 */
public record Fetch(TreeItem item, double seconds, TransferStatus transfer, int deduplicated, List<String> failures) {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
    private static final Duration MOST = Duration.ofHours(1);
    private static final Duration TO_SETTLE = Duration.ofSeconds(10);
    private static final int DIFFERENCES = 10;
    private static final double NANOS = 1e9;

    public Fetch {
        failures = List.copyOf(failures);
    }

    /**
     * What came back, not looked at yet: that takes time of the machine, which others may still need.
     *
     * @param beganNanos when it was asked for, on the clock of {@link System#nanoTime}
     * @param transfer the fetcher's account of it, as it ended
     */
    public record Answered(TreeItem item, Path destination, Substituter substituter, long beganNanos,
            Substituter.Answer answer, TransferStatus transfer) {
        /** From the request until the reply. */
        public double seconds() {
            return (answer.atNanos() - beganNanos) / NANOS;
        }

        /** From the request until the restorer said that it has verified bytes of the NAR; nothing when it never did. */
        public OptionalDouble secondsToFirstByte() {
            OptionalLong at = substituter.log().firstByteAt(destination.toString());
            return at.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of((at.getAsLong() - beganNanos) / NANOS);
        }

        /** Checks everything about it. */
        public Fetch check() throws IOException {
            List<String> failures = new ArrayList<>();
            String trace = substituter.log().faultOf(item.path(), destination.toString());
            if (!trace.isEmpty()) {
                failures.add(trace);
            }
            if (!transfer.state().equals("done")) {
                failures.add(item.path() + ": the fetcher says '" + transfer.state() + "': " + transfer.failure());
            }
            SubstituteReply expected = new SubstituteReply.Success(item.nar().hash(), item.nar().size());
            if (!answer.reply().equals(expected)) {
                failures.add(item.path() + ": the reply is '" + answer.reply().text().strip() + "', not '"
                        + expected.text().strip() + "'");
                return new Fetch(item, seconds(), transfer, 0, failures);
            }
            return new Fetch(item, seconds(), transfer, checkRestored(item, destination, failures), failures);
        }
    }

    /**
     * Asks {@code substituter} for an item and waits for the reply.
     *
     * @param api of the node that fetches
     * @param destination where it is to be restored
     * @param watch is shown the fetcher's account every now and then, and as it ends; {@link Optional#empty} leaves the node
     *            alone until then
     * @throws IOException when the question cannot be put, or there is no answer to it
     */
    public static Answered ask(NodeApi api, TreeItem item, Path destination, Substituter substituter,
            Optional<Consumer<TransferStatus>> watch) throws IOException, InterruptedException {
        Destination named = Destination.parse(destination.toString());
        long began = System.nanoTime();
        FutureTask<Substituter.Answer> asked = substituter.substitute(new Command.Substitute(item.path(), named));
        Substituter.Answer answer = await(asked, began, () -> {
            if (watch.isPresent()) {
                watch.get().accept(api.transfer(item.path()));
            }
        });
        TransferStatus transfer = settled(api, item);
        watch.ifPresent(each -> each.accept(transfer));
        return new Answered(item, destination, substituter, began, answer, transfer);
    }

    /** Something to do while an answer is not there. */
    private interface Meanwhile {
        void run() throws IOException, InterruptedException;
    }

    private static Substituter.Answer await(FutureTask<Substituter.Answer> asked, long began, Meanwhile meanwhile)
            throws IOException, InterruptedException {
        while (System.nanoTime() - began < MOST.toNanos()) {
            try {
                return asked.get(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                meanwhile.run();
            } catch (ExecutionException e) {
                throw new IOException("no answer: " + asked.exceptionNow().getMessage(), e);
            }
        }
        throw new IOException("no answer within " + MOST.toMinutes() + " min");
    }

    /** The reply is there a moment before the fetcher has heard that it is. */
    private static TransferStatus settled(NodeApi api, TreeItem item) throws IOException, InterruptedException {
        long began = System.nanoTime();
        TransferStatus transfer = api.transfer(item.path());
        while (!transfer.state().equals("done") && !transfer.state().equals("failed")
                && System.nanoTime() - began < TO_SETTLE.toNanos()) {
            Thread.sleep(LOOK_AGAIN);
            transfer = api.transfer(item.path());
        }
        return transfer;
    }

    /**
     * Compares what was restored with the original.
     *
     * @param failures gets a line for each thing that does not hold
     * @return files that share their bytes through the store's {@code .links}
     */
    public static int checkRestored(TreeItem item, Path destination, List<String> failures) throws IOException {
        checkTree(item, destination, failures);
        return checkShared(destination, failures);
    }

    /** As {@link #checkRestored}, but that files need not share their bytes. */
    public static void checkTree(TreeItem item, Path destination, List<String> failures) throws IOException {
        for (String difference : TreeComparison.differences(item.original(), destination, DIFFERENCES)) {
            failures.add("restored otherwise: " + item.path() + ": " + difference);
        }
        TreeSerializer.Identity restored = TreeSerializer.identify(destination);
        if (!restored.equals(item.nar())) {
            failures.add("restored with NarHash " + restored.hash() + ", not " + item.nar().hash() + ": "
                    + item.path());
        }
    }

    /** The other half of {@link #checkRestored}. */
    public static int checkShared(Path destination, List<String> failures) throws IOException {
        DeduplicationCheck links = DeduplicationCheck.of(destination);
        if (!links.apart().isEmpty()) {
            failures.add(links.apart().size() + " files are not deduplicated, such as " + links.apart().getFirst());
        }
        return links.shared();
    }

    /** How much came from the source of this name, in NAR bytes. */
    public long bytesFrom(String source) {
        return transfer.sources().stream().filter(each -> each.name().equals(source))
                .mapToLong(TransferStatus.Source::bytes).sum();
    }
}
