// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.dht.DhtId;
import org.guixp2p.protocol.dht.DhtItem;
import org.guixp2p.protocol.dht.Octets;
import org.guixp2p.protocol.dht.Whereabouts;

@AnalyzeClasses(packages = "org.guixp2p.node", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleLawTest {
    /** Data flows one way: nothing goes in a circle between the packages. */
    @ArchTest
    static final ArchRule NO_CIRCLES = slices().matching("org.guixp2p.node.(*)..").should().beFreeOfCycles();

    /** The decisions of a download stay without I/O, clocks and actors. */
    @ArchTest
    static final ArchRule PURE_CORE = classes().that()
            .haveNameMatching(
                    ".*\\.(BlockScheduler|BlockLedger|BlockSource|SecondSource|Rarity|BlockSet|Pace|RootElection)(\\$.*)?")
            .should().onlyDependOnClassesThat()
            .resideInAnyPackage("java.lang..", "java.util", "java.util.function", "java.util.random",
                    "java.util.stream",
                    "org.jspecify.annotations", "org.guixp2p.node.download");

    /** So does what is fetched ahead, and in which order. */
    @ArchTest
    static final ArchRule AHEAD_IS_PURE = classes().that()
            .haveNameMatching(".*\\.node\\.ahead\\.(ClosureOrder|AheadBudget|DaemonSessions)(\\$.*)?").should()
            .onlyDependOnClassesThat().resideInAnyPackage("java.lang..", "java.util", "java.util.function",
                    "java.util.stream", "org.jspecify.annotations", "org.guixp2p.node.ahead", "org.guixp2p.protocol..");

    /** What is known of providers stays without actors, I/O and clocks. */
    @ArchTest
    static final ArchRule DISCOVERY_IS_PURE = classes().that().resideInAPackage("org.guixp2p.node.discovery").should()
            .onlyDependOnClassesThat().resideInAnyPackage("java.lang..", "java.time", "java.util..",
                    "org.jspecify.annotations", "org.guixp2p.node.discovery", "org.guixp2p.protocol..",
                    "org.guixp2p.persistence.reputation");

    /**
     * What is said in the DHT is for the node's part in it. Others have what is no message: which family an address is of; a key, which
     * the journal names; a peer's public key, which a handshake proves; and what a peer says of itself, which is found by that key.
     */
    @ArchTest
    static final ArchRule MESSAGES_OF_THE_DHT_ARE_ITS_OWN = noClasses().that()
            .resideOutsideOfPackage("org.guixp2p.node.discovery.dht..").should()
            .dependOnClassesThat(resideInAPackage("org.guixp2p.protocol.dht..").and(not(
                    belongToAnyOf(AddressFamily.class, DhtId.class, Octets.class, DhtItem.class, Whereabouts.class))));

    /** What a peer says of itself is for those who look for one that is elsewhere by now. */
    @ArchTest
    static final ArchRule ITEMS_OF_THE_DHT_ARE_FOR_PEERS_THAT_MOVED = noClasses().that()
            .resideOutsideOfPackage("org.guixp2p.node.discovery.dht..").and()
            .haveNameNotMatching(".*\\.node\\.(MovedPeers|RememberedPeers)(\\$.*)?").should()
            .dependOnClassesThat(belongToAnyOf(DhtItem.class, Whereabouts.class));

    @ArchTest
    static final ArchRule THE_COMMAND_LINE_IS_ON_TOP = noClasses().that().resideOutsideOfPackage("..node.cli..")
            .should()
            .dependOnClassesThat().resideInAPackage("..node.cli..");
}
