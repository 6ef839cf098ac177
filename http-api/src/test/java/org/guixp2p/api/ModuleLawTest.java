// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "org.guixp2p.api", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleLawTest {
    @ArchTest
    static final ArchRule SEES_THE_NODE_THROUGH_ITS_PORTS = noClasses().should().dependOnClassesThat()
            .resideInAnyPackage("org.guixp2p.node..", "org.guixp2p.persistence..", "org.guixp2p.bridge..");

    @ArchTest
    static final ArchRule TOUCHES_NO_FILES = noClasses().should().dependOnClassesThat()
            .resideInAnyPackage("java.nio.file..");
}
