// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.guixp2p.harness.bench.BenchWorld;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Quiet;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.relay.Relay;
import org.guixp2p.harness.world.NodeProcess;
import org.guixp2p.harness.world.SubstituteSite;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.store.TreeDeleter;

/** Runs a {@link ClosurePlan}: in each run, and for each shape, a node once and then whoever it is measured against, both cold. */
final class ClosureBench {
    private static final long SPARE_ROOM = 64L << 20;
    /** As seeded, as the server has it, what a node keeps and restores, and what is on its way. */
    private static final long COPIES = 5;
    private static final int MOST_SAID = 10;
    /** So long that no processor decides how long a walk takes. */
    private static final Duration COUNTED_WITH = Duration.ofSeconds(1);
    private static final String HOST = "guix-p2p-bench";

    private final ClosurePlan plan;
    private final Programs programs;
    private final Consumer<String> steps;
    private final ClosureResults results;
    private int started;

    /**
     * A bench of {@code plan}.
     *
     * @param steps is told what happens
     */
    ClosureBench(ClosurePlan plan, Programs programs, Consumer<String> steps) {
        this.plan = plan;
        this.programs = programs;
        this.steps = steps;
        this.results = new ClosureResults(plan);
    }

    /**
     * Measures.
     *
     * @throws InterruptedException when this thread or, by a signal, this process is told to stop; by then everything that was
     *         started has ended
     */
    ClosureReport run() throws InterruptedException {
        ClosureMaker maker = new ClosureMaker(plan.items(), plan.sizes(), plan.total().bytes(), plan.seed());
        ClosureMaker before = new ClosureMaker(plan.warmUp(), Sizes.SMALL, 0, plan.seed() + 1);
        long room = COPIES * (maker.bytes() + before.bytes()) + SPARE_ROOM;
        try (Workplace place = Workplace.open(plan.parent(), "guix-p2p-bench", room);
                HttpClient http = HttpClient.newHttpClient()) {
            measure(place, http, maker, before);
        } catch (IOException e) {
            results.fail(String.valueOf(e.getMessage()));
        }
        int left = (int) ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).count();
        if (left > 0) {
            results.fail(left + " processes are left running");
        }
        return results.report(left);
    }

    private void measure(Workplace place, HttpClient http, ClosureMaker maker, ClosureMaker before)
            throws IOException, InterruptedException {
        steps.accept("making " + plan.items() + " items, seed " + plan.seed());
        Path seedRoot = place.directory().resolve("seed");
        Closure closure = maker.make(TreeItem.storeBelow(seedRoot));
        results.closure(closure);
        Optional<Closure> warmUp = plan.warmUp() > 0
                ? Optional.of(before.make(TreeItem.storeBelow(seedRoot)))
                : Optional.empty();
        List<SubstituteSite.Offer> offers = new ArrayList<>(closure.offers());
        warmUp.ifPresent(each -> offers.addAll(each.offers()));
        SubstituteSite site = SubstituteSite.publishWithNars(place, programs, HOST, offers);
        List<TreeItem> items = offers.stream().map(SubstituteSite.Offer::item).toList();
        try (Relay link = site.behind(plan.serverLink());
                BenchWorld world = BenchWorld.around(place, http, programs, seedRoot, items, plan.seeders() + 1,
                        site)) {
            steps.accept("starting " + plan.seeders() + " seeders");
            world.startSeeders(plan.seeders(), Optional.of(plan.seederLink()));
            for (int run = 1; run <= plan.runs(); run++) {
                for (Shape shape : Shape.values()) {
                    Asked node = node(world, site, link, warmUp, closure, shape);
                    results.node(shape, node);
                    say(run, shape, "guix-p2p", node);
                    if (plan.against().isPresent()) {
                        Against against = plan.against().get();
                        Asked other = other(against, place, site, closure, shape);
                        results.http(shape, other);
                        say(run, shape, against.title(), other);
                    }
                }
            }
            if (plan.roundTrips()) {
                results.countedRoundTrips(roundTrips(world, site, link, closure));
            }
            steps.accept("%d bytes have come over the server's link".formatted(link.carried()));
        }
    }

    private void say(int run, Shape shape, String who, Asked asked) {
        steps.accept("run %d, %s: %s, %.2f s (%.2f at once, %.2f walk, %.2f items)".formatted(run, shape, who,
                asked.seconds(), asked.batchSeconds(), asked.walkSeconds(), asked.substituteSeconds()));
    }

    private Asked node(BenchWorld world, SubstituteSite site, Relay link, Optional<Closure> warmUp, Closure closure,
            Shape shape) throws IOException, InterruptedException {
        int nars = site.narRequests();
        NodeProcess node = world.startFetchers(1).getFirst();
        try {
            if (warmUp.isPresent()) {
                ask(node, warmUp.get(), Shape.WALK, world.directory(node),
                        mode -> site.startSubstituterOfAnotherDaemon(node, node.name() + "-before" + mode, mode));
                link.cut();
            }
            Asked asked = ask(node, closure, shape, world.directory(node),
                    mode -> site.startSubstituter(node, node.name() + mode, mode));
            if (site.narRequests() > nars) {
                results.fail("the server was asked for a NAR under p2p-only");
            }
            return asked;
        } finally {
            node.child().end();
            TreeDeleter.delete(world.directory(node));
        }
    }

    private interface Starter {
        Substituter start(String mode) throws IOException;
    }

    private Asked ask(NodeProcess node, Closure closure, Shape shape, Path own, Starter starter)
            throws IOException, InterruptedException {
        Substituter query = starter.start("--query");
        Substituter restorer = starter.start("--substitute");
        Quiet.await(node.child());
        return ask(closure, shape, query, restorer, own, false);
    }

    /** By how many times the difference of two delays one walk takes longer than the other. */
    private double roundTrips(BenchWorld world, SubstituteSite site, Relay link, Closure closure)
            throws IOException, InterruptedException {
        double shorter = walk(world, site, link, closure, COUNTED_WITH);
        double longer = walk(world, site, link, closure, COUNTED_WITH.multipliedBy(2));
        double trips = (longer - shorter) / COUNTED_WITH.toSeconds();
        steps.accept("the walk alone: %.2f s with %d s of delay, %.2f s with twice that: %.1f round trips"
                .formatted(shorter, COUNTED_WITH.toSeconds(), longer, trips));
        return trips;
    }

    private double walk(BenchWorld world, SubstituteSite site, Relay link, Closure closure, Duration delay)
            throws IOException, InterruptedException {
        link.delay(delay.dividedBy(2));
        world.delay(delay.dividedBy(2));
        NodeProcess node = world.startFetchers(1).getFirst();
        try {
            Substituter query = site.startSubstituter(node, node.name() + "-query", "--query");
            Quiet.await(query.child());
            Quiet.await(node.child());
            double seconds = Asked.walk(closure, query);
            query.finish();
            return seconds;
        } finally {
            node.child().end();
            TreeDeleter.delete(world.directory(node));
        }
    }

    private Asked other(Against against, Workplace place, SubstituteSite site, Closure closure, Shape shape)
            throws IOException, InterruptedException {
        started++;
        String name = against + "-" + started;
        Path own = Files.createDirectory(place.directory().resolve(name));
        try {
            Substituter query = start(against, site, own, name + "-query", "--query");
            Substituter restorer = start(against, site, own, name + "-restorer", "--substitute");
            return ask(closure, shape, query, restorer, own, against instanceof Against.Guix);
        } finally {
            TreeDeleter.delete(own);
        }
    }

    private static Substituter start(Against against, SubstituteSite site, Path own, String name, String mode)
            throws IOException {
        return switch (against) {
            case Against.Plain _ ->
                site.startPlainSubstituter(Files.createDirectories(own.resolve("narinfos")), name, mode);
            case Against.Guix(var guix) -> site.startGuixSubstituter(guix, own, name, mode);
        };
    }

    /**
     * Asks two substituters.
     *
     * @param guix whether they are Guix's own, which say how far they are, and deduplicate nowhere but in Guix's store
     */
    private Asked ask(Closure closure, Shape shape, Substituter query, Substituter restorer, Path own, boolean guix)
            throws IOException, InterruptedException {
        Path store = Files.createDirectory(own.resolve("fetched-store"));
        Asked asked = asked(closure, shape, query, restorer, store);
        List<String> failures = new ArrayList<>(asked.failures());
        for (Substituter each : List.of(query, restorer)) {
            each.finish();
            if (!guix || !failures.isEmpty()) {
                failures.addAll(said(each));
            }
        }
        if (failures.isEmpty()) {
            Asked.check(closure, store, !guix, failures);
        }
        failures.forEach(results::fail);
        TreeDeleter.delete(store);
        return asked;
    }

    private static Asked asked(Closure closure, Shape shape, Substituter query, Substituter restorer, Path store)
            throws IOException, InterruptedException {
        try {
            Quiet.await(query.child());
            Quiet.await(restorer.child());
            return Asked.ask(closure, shape, query, restorer, store);
        } catch (IOException e) {
            // Whoever has no answer has said why.
            List<String> said = new ArrayList<>();
            for (Substituter each : List.of(query, restorer)) {
                try {
                    each.finish();
                } catch (IOException again) {
                    e.addSuppressed(again);
                }
                said.addAll(said(each));
            }
            throw said.isEmpty() ? e : new IOException(e.getMessage() + "; " + String.join("; ", said), e);
        }
    }

    /** The last of what it has said to people: of each question Guix's says whom it asks. */
    private static List<String> said(Substituter substituter) {
        List<String> all = substituter.log().messages();
        return all.stream().skip(Math.max(0, all.size() - MOST_SAID))
                .map(line -> substituter.child().name() + ": " + line).toList();
    }
}
