// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench;

import org.guixp2p.harness.bench.api.ApiCommand;
import org.guixp2p.harness.bench.closure.ClosureCommand;
import org.guixp2p.harness.bench.dht.AnnouncementsCommand;
import org.guixp2p.harness.bench.dht.DhtCommand;
import org.guixp2p.harness.bench.gateway.GatewayCommand;
import org.guixp2p.harness.bench.inventory.InventoriesCommand;
import org.guixp2p.harness.bench.mirrors.MirrorsCommand;
import picocli.CommandLine.Command;

/** {@code guix-p2p bench}. */
@Command(name = "bench", synopsisSubcommandLabel = "COMMAND", description = "Measure guix-p2p on this machine alone.", subcommands = {
    TransferCommand.class, FirstByteCommand.class, ClosureCommand.class, SeedsCommand.class, StoreCommand.class,
    NarCommand.class, DhtCommand.class, AnnouncementsCommand.class, InventoriesCommand.class, GatewayCommand.class,
    MirrorsCommand.class, ApiCommand.class, MicroCommand.class})
public final class BenchCommand {
    /** Exit status when everything held. */
    public static final int HELD = 0;
    /** Exit status when something did not. */
    public static final int FAILED = 1;
    /** What a shell reports of a program that SIGINT ended. */
    public static final int INTERRUPTED = 130;
}
