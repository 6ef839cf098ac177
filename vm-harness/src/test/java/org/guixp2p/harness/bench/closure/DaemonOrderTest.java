// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.closure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;

class DaemonOrderTest {
    private static final StorePath TOP = path("9", "top");
    private static final StorePath APPLE = path("8", "apple");
    private static final StorePath BERRY = path("1", "berry");
    private static final StorePath CHERRY = path("2", "cherry");
    private static final StorePath OTHER_CHERRY = path("3", "cherry");
    private static final StorePath ABOVE = path("7", "aaa");

    /** Berry and both cherries are met on the second level, aaa on the third; apple refers to itself. */
    private static final Map<StorePath, List<StorePath>> REFERENCES = Map.of(
            TOP, List.of(CHERRY, APPLE, OTHER_CHERRY, BERRY),
            APPLE, List.of(APPLE, CHERRY),
            BERRY, List.of(ABOVE, CHERRY),
            CHERRY, List.of(),
            OTHER_CHERRY, List.of(),
            ABOVE, List.of());

    private static StorePath path(String digit, String name) {
        return new StorePath(digit.repeat(StorePath.HASH_LENGTH) + "-" + name);
    }

    @Test
    void theWalkGoesLevelByLevelInTheOrderOfNames() throws Exception {
        List<StorePath> asked = new ArrayList<>();
        Map<StorePath, List<StorePath>> known = DaemonOrder.walk(TOP, path -> {
            asked.add(path);
            return Objects.requireNonNull(REFERENCES.get(path));
        });
        assertEquals(List.of(TOP, APPLE, BERRY, CHERRY, OTHER_CHERRY, ABOVE), asked);
        assertEquals(REFERENCES, known);
    }

    @Test
    void ofThoseWhoseReferencesAreThereTheFirstByNameComesNext() {
        assertEquals(List.of(ABOVE, CHERRY, APPLE, BERRY, OTHER_CHERRY, TOP), DaemonOrder.substitutes(REFERENCES));
    }

    @Test
    void aCircleAndAReferenceToNothingAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> DaemonOrder
                .substitutes(Map.of(TOP, List.of(APPLE), APPLE, List.of(BERRY), BERRY, List.of(TOP))));
        assertThrows(IllegalArgumentException.class, () -> DaemonOrder.substitutes(Map.of(TOP, List.of(APPLE))));
    }
}
