// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.PeakMemory;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.world.Fetch;
import org.guixp2p.harness.world.TreeItem;
import org.guixp2p.protocol.substituter.InfoReply;
import org.jspecify.annotations.Nullable;

/** What is found out while a demonstration runs, and what does not hold: so much of a report can be made at any time. */
final class Findings {
    private static final double MIB = 1 << 20;
    private static final double KIB_PER_MIB = 1 << 10;
    private static final double MILLI = 1e3;
    private static final String RESTORER = "guix-p2p substitute";

    private final DemoPlan plan;
    private final List<String> failures = new ArrayList<>();
    private final List<Fetch> fetches = new ArrayList<>();
    private final Map<String, Double> memory = new LinkedHashMap<>();
    private Optional<DemoWorld> world = Optional.empty();
    private Optional<SeederKiller> killer = Optional.empty();
    private List<Child> children = List.of();
    private int leftRunning;
    private boolean held;
    private @Nullable String workDirectory;

    Findings(DemoPlan plan) {
        this.plan = plan;
    }

    void fail(String what) {
        failures.add(what);
    }

    void world(DemoWorld found) {
        world = Optional.of(found);
    }

    void killer(SeederKiller found) {
        killer = Optional.of(found);
    }

    void fetched(Fetch fetch) {
        fetches.add(fetch);
        failures.addAll(fetch.failures());
    }

    /** Compares the answer to {@code info} with what was published. */
    void infos(InfoReply reply) {
        List<TreeItem> items = world.map(DemoWorld::items).orElse(List.of());
        for (TreeItem item : items) {
            Optional<InfoReply.Item> info = reply.items().stream().filter(each -> each.path().equals(item.path()))
                    .findFirst();
            if (info.isEmpty()) {
                fail("info: nothing about " + item.path());
            } else if (!info.get().narSize().equals(Optional.of(item.nar().size()))) {
                fail("info: NarSize " + info.get().narSize() + " instead of " + item.nar().size());
            }
        }
    }

    /** Says what of the whole does not hold. */
    void judge() {
        long received = peers().stream().mapToLong(DemoReport.Peer::bytes).sum();
        long expected = sum(fetch -> fetch.item().nar().size().bytes());
        if (received < expected) {
            fail("seeders delivered " + received + " of " + expected + " bytes: the rest came from elsewhere");
        }
        int narRequests = world.map(DemoWorld::narRequests).orElse(0);
        if (narRequests > 0) {
            fail("the substitute server was asked for NARs " + narRequests + " times under p2p-only");
        }
        if (plan.killOne() && killed() == null) {
            fail("the transfer was over before a seeder could be killed");
        }
        if (plan.liar() && transferred(TransferStatus::corruptBlocks) == 0) {
            fail("a seeder lied, and no corrupt block was found");
        }
        if (!plan.liar() && transferred(TransferStatus::corruptBlocks) > 0) {
            fail("no seeder lied, and corrupt blocks were found");
        }
    }

    /** Notes what processes there have been. */
    void processes(Workplace place) {
        children = place.processes().children();
    }

    /** Notes that they stay up. */
    void held(Workplace place) {
        held = true;
        processes(place);
        place.processes().running().forEach(Child::sample);
        leftRunning = place.processes().running().size();
        workDirectory = place.directory().toString();
        remember();
    }

    /** Looks whether all processes have ended, those included that they may have started. */
    void ended() {
        held = false;
        leftRunning = (int) ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).count();
        if (leftRunning > 0) {
            fail(leftRunning + " processes are left running");
        }
        remember();
    }

    private void remember() {
        children.forEach(child -> child.peakKib()
                .ifPresent(kib -> memory.put(child.name(), rounded(kib / KIB_PER_MIB))));
        PeakMemory.ofThisProcess().ifPresent(kib -> memory.put("demo", rounded(kib / KIB_PER_MIB)));
    }

    private DemoReport.@Nullable Killed killed() {
        return killer.flatMap(SeederKiller::killed).orElse(null);
    }

    private List<DemoReport.Peer> peers() {
        return world.map(DemoWorld::seeders).orElse(List.of()).stream().map(seeder -> {
            String id = seeder.address().id().toString();
            return new DemoReport.Peer(id, seeder.name(), sum(fetch -> fetch.bytesFrom(id)));
        }).toList();
    }

    private DemoReport.@Nullable Liar liar() {
        List<DemoReport.Peer> peers = peers();
        if (!plan.liar() || peers.isEmpty()) {
            return null;
        }
        DemoReport.Peer last = peers.getLast();
        return new DemoReport.Liar(last.id(), last.name(), last.bytes(), transferred(TransferStatus::corruptBlocks));
    }

    private long sum(ToLongFunction<Fetch> figure) {
        return fetches.stream().mapToLong(figure).sum();
    }

    private long transferred(ToLongFunction<TransferStatus> figure) {
        return sum(fetch -> figure.applyAsLong(fetch.transfer()));
    }

    private static DemoReport.Item item(Fetch fetch) {
        TreeItem item = fetch.item();
        long bytes = item.nar().size().bytes();
        return new DemoReport.Item(item.path().path(), item.nar().hash().toString(), bytes, item.made().files(),
                item.made().directories(), item.made().symlinks(), item.origin(), rounded(fetch.seconds()),
                rate(bytes, fetch.seconds()));
    }

    private static double rate(long bytes, double seconds) {
        return seconds > 0 ? rounded(bytes / MIB / seconds) : 0;
    }

    private static double rounded(double value) {
        return Math.round(value * MILLI) / MILLI;
    }

    /** What is known by now. */
    DemoReport report() {
        long bytes = sum(fetch -> fetch.item().nar().size().bytes());
        double seconds = fetches.stream().mapToDouble(Fetch::seconds).sum();
        return new DemoReport(failures.isEmpty() && !fetches.isEmpty(), failures, plan.mode(),
                plan.discovery().toString(), bytes, rounded(seconds),
                rate(bytes, seconds), peers(), transferred(TransferStatus::requeuedBlocks),
                transferred(TransferStatus::corruptBlocks), transferred(TransferStatus::duplicatedBytes),
                (int) transferred(TransferStatus::restarts), killed(), liar(), plan.maxUploadRate(),
                fetches.stream().map(Findings::item).toList(), RESTORER, (int) sum(Fetch::deduplicated),
                world.map(DemoWorld::narinfoRequests).orElse(0), world.map(DemoWorld::narRequests).orElse(0),
                new LinkedHashMap<>(memory), leftRunning, held, workDirectory);
    }
}
