// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.guixp2p.node.discovery.ProviderDirectory.Lookup;
import org.junit.jupiter.api.Test;

class MemoryDirectoryTest extends ProviderDirectoryContract {
    private final MemoryDirectory.World world = new MemoryDirectory.World();

    private MemoryDirectory directory(int number) {
        return new MemoryDirectory(world, Hints.known(number), alarm);
    }

    @Override
    ProviderDirectory knowing(int providers) {
        for (int i = 1; i <= providers; i++) {
            directory(i).announce(OURS);
        }
        return directory(0);
    }

    @Test
    void whoAnnouncesMeanwhileIsFoundAtOnce() {
        Heard heard = new Heard(2);
        directory(0).lookup(question(2), heard);
        directory(0).announce(OURS);
        alarm.pass(Duration.ofSeconds(1));
        assertEquals(List.of(), heard.hints());
        directory(1).announce(Hints.announcement(2));
        directory(2).announce(OURS);
        assertEquals(List.of(Hints.known(2)), heard.hints());
        directory(3).announce(OURS);
        assertEquals(Optional.of(End.ENOUGH), heard.end());
        assertEquals(0, world.seekers());
    }

    /** The end is not told in the middle of what is found. */
    @Test
    void whoGivesUpWhenToldHearsTheEndAfterwards() {
        AtomicReference<Optional<Lookup>> own = new AtomicReference<>(Optional.empty());
        Heard heard = new Heard(9, () -> own.get().ifPresent(Lookup::cancel));
        own.set(Optional.of(directory(0).lookup(question(9), heard)));
        directory(1).announce(OURS);
        assertEquals(List.of(Hints.known(1)), heard.hints());
        assertEquals(Optional.of(End.CANCELLED), heard.end());
        assertEquals(List.of(), heard.faults());
    }

    @Test
    void whoHasWithdrawnIsNotFound() {
        directory(1).announce(OURS);
        directory(2).announce(OURS);
        directory(1).withdraw(NAR);
        Heard heard = new Heard(9);
        directory(0).lookup(question(9), heard);
        alarm.pass(WITHIN);
        assertEquals(List.of(Hints.known(2)), heard.hints());
        assertEquals(Optional.of(End.LATE), heard.end());
    }
}
