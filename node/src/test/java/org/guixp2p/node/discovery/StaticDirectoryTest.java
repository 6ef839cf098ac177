// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.guixp2p.node.discovery.ProviderDirectory.End;
import org.junit.jupiter.api.Test;

class StaticDirectoryTest extends ProviderDirectoryContract {
    @Override
    ProviderDirectory knowing(int providers) {
        return new StaticDirectory(Hints.known(1, providers).stream().map(ProviderHint.Known::address).toList(), alarm);
    }

    @Test
    void itIsDoneAtOnce() {
        Heard heard = new Heard(9);
        knowing(2).lookup(question(9), heard);
        assertEquals(List.copyOf(Hints.known(1, 2)), heard.hints());
        assertEquals(Optional.of(End.EXHAUSTED), heard.end());
        assertEquals(0, alarm.waiting());
    }
}
