// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "org.guixp2p.harness", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleLawTest {
    /** Single parts are measured where they are, and they alone: pure cores, by JMH. */
    @ArchTest
    static final ArchRule MEASURES_PURE_CORES_ALONE = classes().that().resideInAPackage("org.guixp2p.harness.micro..")
            .should().onlyDependOnClassesThat(
                    resideOutsideOfPackages("org.guixp2p.node..", "org.guixp2p.bridge..", "org.guixp2p.persistence..")
                            .or(simpleNameStartingWith("BlockScheduler")).or(simpleName("Ask"))
                            .or(resideInAPackage("org.guixp2p.node.discovery")));

    /** But for what cannot be had of them: single parts, a liar, thousands of nodes in virtual time, and thousands of peers of long ago. */
    @ArchTest
    static final ArchRule DRIVES_INSTALLED_PROGRAMS = noClasses().that()
            .resideOutsideOfPackages("org.guixp2p.harness.liar..", "org.guixp2p.harness.micro..",
                    "org.guixp2p.harness.training..", "org.guixp2p.harness.bench.api..",
                    "org.guixp2p.harness.bench.dht..", "org.guixp2p.harness.bench.inventory..")
            .should().dependOnClassesThat()
            .resideInAnyPackage("org.guixp2p.node..", "org.guixp2p.bridge..", "org.guixp2p.persistence..");

    @ArchTest
    static final ArchRule THE_COMPARISON_KNOWS_NO_NAR = noClasses().that().haveSimpleName("TreeComparison").should()
            .dependOnClassesThat().resideInAnyPackage("org.guixp2p.protocol..");
}
