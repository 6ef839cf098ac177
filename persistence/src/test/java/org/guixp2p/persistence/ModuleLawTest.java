// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "org.guixp2p.persistence", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleLawTest {
    @ArchTest
    static final ArchRule KNOWS_NO_SOCKETS = noClasses().should().dependOnClassesThat().haveNameMatching(
            "java\\.net\\.(Server)?Socket.*|java\\.net\\.http\\..*|java\\.nio\\.channels\\..*Socket.*|javax\\.net\\..*");
}
