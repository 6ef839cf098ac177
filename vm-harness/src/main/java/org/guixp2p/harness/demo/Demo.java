// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.world.Fetch;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.substituter.InfoReply;

/** Runs a {@link DemoPlan} from its first process to its last. */
final class Demo {
    private static final Duration INFO = Duration.ofSeconds(60);
    private static final long SPARE_ROOM = 64L << 20;

    private final DemoPlan plan;
    private final Programs programs;
    private final Audience audience;

    /** Who looks on. */
    interface Audience {
        /** A step begins. */
        void step(String what);

        /** The download of {@code item} begins; what is returned is shown its progress. */
        Consumer<TransferStatus> watch(TreeItem item, DemoWorld world);

        /** The download that was watched has ended. */
        void watched();

        /** All is shown, and the nodes stay up until the process is told to stop. */
        void held(DemoReport report, DemoWorld world);
    }

    Demo(DemoPlan plan, Programs programs, Audience audience) {
        this.plan = plan;
        this.programs = programs;
        this.audience = audience;
    }

    /**
     * Shows it.
     *
     * @throws InterruptedException when this thread or, by a signal, this process is told to stop; by then everything that was
     *         started has ended
     */
    DemoReport run() throws InterruptedException {
        Findings findings = new Findings(plan);
        try {
            Optional<StorePath> real = DemoItems.inStore(plan);
            long items = plan.size().bytes() + (real.isPresent() ? plan.maxStoreItem() : 0);
            // As they are seeded, as the fetcher keeps them, and as they are restored.
            try (Workplace place = Workplace.open(plan.parent(), "guix-p2p-demo", 3 * items + SPARE_ROOM);
                    HttpClient http = HttpClient.newHttpClient()) {
                show(place, http, real, findings);
            }
        } catch (IOException e) {
            findings.fail(String.valueOf(e.getMessage()));
        }
        findings.ended();
        return findings.report();
    }

    private void show(Workplace place, HttpClient http, Optional<StorePath> real, Findings findings)
            throws InterruptedException, IOException {
        try {
            audience.step("making a tree of " + plan.size() + " from files of this machine");
            Path seedRoot = place.directory().resolve("seed");
            List<TreeItem> items = DemoItems.make(plan, seedRoot, real);
            audience.step("starting a substitute server, " + DemoPlan.SEEDERS + " seeders and a fetcher");
            DemoWorld world = DemoWorld.start(place, http, programs, plan, seedRoot, items);
            findings.world(world);
            ask(world, findings);
            findings.judge();
            if (plan.hold()) {
                hold(place, world, findings);
            }
        } finally {
            findings.processes(place);
        }
    }

    private void hold(Workplace place, DemoWorld world, Findings findings) throws InterruptedException {
        findings.held(place);
        DemoReport report = findings.report();
        place.keep();
        place.endsBySignal(report.ok() ? 0 : 1);
        audience.held(report, world);
        new CountDownLatch(1).await();
    }

    /** All that the daemon would ask: about every item first, then for each. */
    private void ask(DemoWorld world, Findings findings) throws IOException, InterruptedException {
        audience.step("asking as guix-daemon does");
        Substituter query = world.startSubstituter("--query");
        List<StorePath> paths = world.items().stream().map(TreeItem::path).toList();
        InfoReply infos = query.info(paths, INFO);
        findings.infos(infos);
        ended(query, findings);
        Substituter substituter = world.startSubstituter("--substitute");
        for (TreeItem item : world.items()) {
            findings.fetched(fetch(world, item, substituter, findings));
        }
        ended(substituter, findings);
    }

    private Fetch fetch(DemoWorld world, TreeItem item, Substituter substituter, Findings findings)
            throws IOException, InterruptedException {
        List<Consumer<TransferStatus>> watchers = new ArrayList<>();
        watchers.add(audience.watch(item, world));
        if (plan.killOne() && item.equals(world.items().getFirst())) {
            SeederKiller killer = new SeederKiller(world.honestSeeders());
            findings.killer(killer);
            watchers.add(killer);
        }
        try {
            return Fetch.ask(world.fetcher().api(), item, world.destination(item), substituter,
                    Optional.of(transfer -> watchers.forEach(each -> each.accept(transfer)))).check();
        } finally {
            audience.watched();
        }
    }

    private static void ended(Substituter substituter, Findings findings) throws IOException, InterruptedException {
        int status = substituter.finish();
        if (status != 0) {
            findings.fail(substituter.child() + " ended with status " + status);
        }
        // What a restorer has to say, it says when something is not as it should be.
        substituter.log().messages().forEach(message -> findings.fail(substituter.child().name() + ": " + message));
    }
}
