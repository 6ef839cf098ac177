// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.RandomAccessFile;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLConnection;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.Selector;
import java.util.Timer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.NullMarked;

/** What keeps this module pure, beyond the dependencies that the build refuses. */
@AnalyzeClasses(packages = "org.guixp2p.protocol", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleLawTest {
    @ArchTest
    static final ArchRule FILES_ARE_FOR_THE_STORE_PACKAGE = noClasses().that()
            .resideOutsideOfPackage("org.guixp2p.protocol.store").should().dependOnClassesThat()
            .resideInAnyPackage("java.nio.file..", "java.lang.foreign..").orShould().dependOnClassesThat()
            .belongToAnyOf(File.class, FileDescriptor.class, FileInputStream.class, FileOutputStream.class,
                    FileReader.class, FileWriter.class, RandomAccessFile.class, FileChannel.class);

    @ArchTest
    static final ArchRule NO_SOCKETS = noClasses().should().dependOnClassesThat(
            assignableTo(Socket.class).or(assignableTo(ServerSocket.class))
                    .or(assignableTo(DatagramSocket.class))
                    .or(assignableTo(URLConnection.class))
                    .or(assignableTo(NetworkChannel.class))
                    .or(assignableTo(AsynchronousChannel.class))
                    .or(assignableTo(Selector.class))
                    .or(resideInAPackage("java.net.http.."))
                    .or(resideInAPackage("javax.net..")));

    @ArchTest
    static final ArchRule NO_THREADS = noClasses().should().dependOnClassesThat(
            assignableTo(Thread.class).or(assignableTo(Executor.class))
                    .or(assignableTo(Executors.class))
                    .or(assignableTo(CompletionStage.class))
                    .or(assignableTo(Timer.class)));

    @ArchTest
    static final ArchRule PACKAGES_ARE_NULL_MARKED = classes().should().beAnnotatedWith(NullMarked.class).orShould(
            new ArchCondition<>("lie in a package that is @NullMarked") {
                @Override
                public void check(JavaClass item, ConditionEvents events) {
                    boolean marked = item.getPackage().isAnnotatedWith(NullMarked.class);
                    events.add(new SimpleConditionEvent(item, marked,
                            item.getName() + (marked ? " is" : " is not") + " in a @NullMarked package"));
                }
            });

    @ArchTest
    static final ArchRule THE_READER_OF_NARS_KNOWS_NO_STORE = noClasses().that()
            .resideInAnyPackage("org.guixp2p.protocol.nar", "org.guixp2p.protocol.hash", "org.guixp2p.protocol.item")
            .should().dependOnClassesThat().resideInAPackage("org.guixp2p.protocol.store");
}
