// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How much of their links the scheduler gets out of seeders, in simulated time. The same seed gives the same swarm. */
class SimulatedSwarmTest {
    private static final int BLOCKS_OF_256_MIB = 1024;

    private final long seed = Long.getLong("swarm.seed", 20_240_229);

    private SimulatedSwarm swarm(int blocks) {
        System.out.println("-Dswarm.seed=" + seed);
        return new SimulatedSwarm(blocks, seed);
    }

    private static void usesTheLinks(SimulatedSwarm.Outcome outcome) {
        assertTrue(outcome.linkShare() >= 0.95, outcome::toString);
        assertTrue(outcome.duplicatedShare() < 0.01, outcome::toString);
    }

    @Test
    void eightSeedersOf40Megabits() {
        SimulatedSwarm.Outcome outcome = swarm(BLOCKS_OF_256_MIB).seeders(8, 40, 1).run();
        usesTheLinks(outcome);
        assertEquals(0, outcome.hedged() + outcome.requeued(), outcome::toString);
        assertTrue(outcome.endgame() < BLOCKS_OF_256_MIB / 100, outcome::toString);
    }

    @Test
    void eightSeedersFarAway() {
        usesTheLinks(swarm(BLOCKS_OF_256_MIB).seeders(8, 40, 50).run());
    }

    @Test
    void unequalSeeders() {
        SimulatedSwarm.Outcome outcome = swarm(BLOCKS_OF_256_MIB).seeder(100, 10).seeder(50, 20).seeder(10, 50)
                .seeder(2, 100).seeder(200, 5).run();
        usesTheLinks(outcome);
        assertTrue(outcome.hedged() + outcome.endgame() <= 2 * BLOCKS_OF_256_MIB / 100, outcome::toString);
    }

    @Test
    void threeOfEightLeave() {
        SimulatedSwarm.Outcome outcome = swarm(BLOCKS_OF_256_MIB).seeders(8, 40, 1).killing(3, 1 / 3.0, false).run();
        usesTheLinks(outcome);
        assertTrue(outcome.requeued() > 0, outcome::toString);
    }

    @Test
    void threeOfEightFallSilent() {
        SimulatedSwarm.Outcome outcome = swarm(BLOCKS_OF_256_MIB).seeders(8, 40, 50).killing(3, 1 / 3.0, true).run();
        usesTheLinks(outcome);
        assertTrue(outcome.hedged() > 0, outcome::toString);
    }

    @Test
    void oneSeederOf400MegabitsFarAway() {
        SimulatedSwarm.Outcome outcome = swarm(BLOCKS_OF_256_MIB).seeder(400, 50).run();
        usesTheLinks(outcome);
        assertTrue(outcome.widest() <= 32, outcome::toString);
    }

    /** Runs take nothing from the links, and most blocks can be compressed with those before them. */
    @Test
    void whatCompressesComesInRuns() {
        SimulatedSwarm equal = swarm(BLOCKS_OF_256_MIB).seeders(3, 100, 5).compressing();
        usesTheLinks(equal.run());
        assertTrue(equal.prefixedShare() > 0.8, () -> equal.prefixedShare() + " of all blocks");
        SimulatedSwarm many = swarm(BLOCKS_OF_256_MIB).seeders(8, 40, 50).compressing().killing(3, 1 / 3.0, false);
        usesTheLinks(many.run());
        assertTrue(many.prefixedShare() > 0.6, () -> many.prefixedShare() + " of all blocks");
        SimulatedSwarm unequal = swarm(BLOCKS_OF_256_MIB).seeder(100, 10).seeder(50, 20).seeder(10, 50).seeder(2, 100)
                .seeder(200, 5).compressing();
        usesTheLinks(unequal.run());
        assertTrue(unequal.prefixedShare() > 0.7, () -> unequal.prefixedShare() + " of all blocks");
    }

    /** A window that grew with the queue that it makes would, over minutes. */
    @Test
    void theQueueStaysShortInALongTransfer() {
        SimulatedSwarm.Outcome outcome = swarm(16 * BLOCKS_OF_256_MIB).seeders(8, 40, 20).run();
        usesTheLinks(outcome);
        assertTrue(outcome.widest() <= 6, outcome::toString);
    }

    /** However long it is: nobody is late when nothing comes from anybody. */
    @Test
    void aMachineThatStandsStillBlamesNobody() {
        SimulatedSwarm.Outcome outcome = swarm(BLOCKS_OF_256_MIB).seeders(8, 40, 20).standingStill(2, 5).run();
        assertEquals(0, outcome.hedged() + outcome.requeued(), outcome::toString);
        assertTrue(outcome.seconds() < 1.05 * 6.71 + 5, outcome::toString);
    }

    @Test
    void aFastLinkDoesNotRunIntoBusyAgainAndAgain() {
        SimulatedSwarm.Outcome outcome = swarm(4 * BLOCKS_OF_256_MIB).seeder(4_000, 0.2).slots(256).run();
        usesTheLinks(outcome);
        assertEquals(0, outcome.busyAnswers(), outcome::toString);
    }

    @Test
    void aSeederThatRefusesAndOneThatFailsCostTheOthersNothing() {
        SimulatedSwarm swarm = swarm(BLOCKS_OF_256_MIB).seeders(2, 40, 10).seeder(40, 10).slots(1).seeder(40, 10)
                .failing(0.2).seeder(40, 10).failing(1);
        SimulatedSwarm.Outcome outcome = swarm.run();
        double others = swarm.seeders().subList(0, 2).stream().mapToDouble(SimulatedSwarm.Seeder::sentBytes).sum();
        assertTrue(others >= 0.95 * 2 * 40e6 / 8 * outcome.seconds(), outcome::toString);
        assertTrue(outcome.duplicatedShare() < 0.01, outcome::toString);
    }

    @Test
    void relaysShareTheWork() {
        SimulatedSwarm swarm = swarm(BLOCKS_OF_256_MIB).seeder(40, 10).seeder(40, 10).asRelay(0.5).seeder(40, 10)
                .asRelay(0.5).seeder(40, 10).asRelay(0.5);
        usesTheLinks(swarm.run());
    }

    @Test
    void fiveThousandBlocksFromTwentySeeders() {
        usesTheLinks(swarm(5_000).seeders(20, 20, 30).run());
    }

    @Test
    void theLastBlocksDoNotWaitForASlowSeeder() {
        SimulatedSwarm.Outcome outcome = swarm(64).seeder(100, 10).seeder(1, 10).run();
        assertTrue(outcome.seconds() < 1.1 * 64 * SimulatedSwarm.BLOCK * 8 / 100e6, outcome::toString);
    }
}
