// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** This module starts in well under 0.2 s, and writes the store: it uses little, and nothing by accident. */
class ModuleLawTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("org.guixp2p.bridge");

    @Test
    void usesTheJdkAndTheRestorersPartOfTheProtocol() {
        classes().should().onlyDependOnClassesThat().resideInAnyPackage("java..", "jdk.net", "org.jspecify.annotations",
                "org.guixp2p.bridge", "org.guixp2p.protocol", "org.guixp2p.protocol.bridge",
                "org.guixp2p.protocol.hash", "org.guixp2p.protocol.item", "org.guixp2p.protocol.nar",
                "org.guixp2p.protocol.narinfo", "org.guixp2p.protocol.pki", "org.guixp2p.protocol.store",
                "org.guixp2p.protocol.substituter").check(CLASSES);
    }

    @Test
    void usesNothingOfTheJdkThatStartsSlowly() {
        noClasses().should().dependOnClassesThat().resideInAnyPackage("java.util.logging", "java.util.regex",
                "java.net.http", "java.text", "java.time..", "javax..", "java.sql..", "java.rmi..").check(CLASSES);
    }
}
