// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

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

    @ArchTest
    static final ArchRule THE_COMMAND_LINE_IS_ON_TOP = noClasses().that().resideOutsideOfPackage("..node.cli..")
            .should()
            .dependOnClassesThat().resideInAPackage("..node.cli..");
}
