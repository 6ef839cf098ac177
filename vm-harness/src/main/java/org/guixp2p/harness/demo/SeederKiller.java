// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.harness.world.NodeProcess;

/** Watches a download and, when a third of it is there, kills the seeder that has delivered most: the one most missed. */
final class SeederKiller implements Consumer<TransferStatus> {
    private static final int PART = 3;

    private final List<NodeProcess> seeders;
    private Optional<DemoReport.Killed> killed = Optional.empty();

    /**
     * Chooses among {@code seeders}.
     */
    SeederKiller(List<NodeProcess> seeders) {
        this.seeders = List.copyOf(seeders);
    }

    @Override
    public void accept(TransferStatus transfer) {
        if (killed.isPresent() || !transfer.state().equals("blocks")) {
            return;
        }
        Map<String, Long> delivered = transfer.sources().stream()
                .collect(Collectors.toMap(TransferStatus.Source::name, TransferStatus.Source::bytes));
        long received = delivered.values().stream().mapToLong(Long::longValue).sum();
        if (received * PART < transfer.narBytes() || received >= transfer.narBytes()) {
            return;
        }
        seeders.stream().max(Comparator.comparingLong(seeder -> bytes(seeder, delivered)))
                .filter(seeder -> bytes(seeder, delivered) > 0).ifPresent(victim -> {
                    victim.child().kill();
                    killed = Optional.of(new DemoReport.Killed(victim.address().id().toString(), victim.name(),
                            bytes(victim, delivered), received, transfer.narBytes()));
                });
    }

    private static long bytes(NodeProcess seeder, Map<String, Long> delivered) {
        return delivered.getOrDefault(seeder.address().id().toString(), 0L);
    }

    /** Nothing when the download was over too soon. */
    Optional<DemoReport.Killed> killed() {
        return killed;
    }
}
