// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.harness.world.TreeItem;

/** Shows a demonstration on standard output: as text, with a progress bar where that is a terminal, or as JSON. */
final class Console implements Demo.Audience {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;
    private final boolean terminal;
    private Optional<ProgressBar> bar = Optional.empty();

    Console(PrintWriter out, PrintWriter err, boolean json) {
        this.out = out;
        this.err = err;
        this.json = json;
        this.terminal = Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false);
    }

    @Override
    public void step(String what) {
        if (!json) {
            out.println("guix-p2p demo: " + what);
            out.flush();
        }
    }

    @Override
    public Consumer<TransferStatus> watch(TreeItem item, DemoWorld world) {
        step("fetching " + item.path());
        if (json || !terminal) {
            return _ -> {};
        }
        List<String> ids = world.seeders().stream().map(seeder -> seeder.address().id().toString()).toList();
        ProgressBar fresh = new ProgressBar(out, ids, System::nanoTime);
        bar = Optional.of(fresh);
        return fresh;
    }

    @Override
    public void watched() {
        bar.ifPresent(ProgressBar::end);
        bar = Optional.empty();
    }

    @Override
    public void held(DemoReport report, DemoWorld world) {
        show(report);
        PrintWriter aside = json ? err : out;
        aside.println();
        aside.println("The nodes are up until Ctrl-C:");
        aside.println("  " + world.fetcher().describe());
        world.seeders().forEach(seeder -> aside.println("  " + seeder.describe()));
        aside.println("Try: " + world.asks() + world.fetcher().api().base() + "transfers");
        aside.flush();
    }

    /** Shows the whole. */
    void show(DemoReport report) {
        if (json) {
            out.println(report.json());
        } else {
            out.println();
            DemoSummary.of(report).forEach(out::println);
        }
        out.flush();
    }
}
