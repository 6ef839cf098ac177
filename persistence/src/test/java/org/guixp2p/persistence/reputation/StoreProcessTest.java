// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.reputation;

import static org.guixp2p.persistence.reputation.TestPeers.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.protocol.testing.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a journal goes through with its process. */
class StoreProcessTest {
    @TempDir
    Path state;

    @Test
    void whatWasWrittenOutlivesAKill() throws Exception {
        ChildJvm.Result killed = new ChildJvm().run(StoreMain.class, "killed", state.toString());
        assertEquals(128 + 9, killed.exit(), killed.output());
        ReputationStoreContract.run(state, Engine.choose(), InstantSource.system(), reputation -> {
            assertTrue(reputation.size() >= 101, reputation.size() + " peers");
            for (int i = 0; i < 100; i++) {
                assertEquals(10 << 20, reputation.known(peer(i)).bytes());
            }
            assertTrue(reputation.refusedFor(peer(1_000)).isPresent());
        });
    }

    @Test
    void ofTheNativeLibraryNothingIsLeftByAKill() throws Exception {
        Path temporary = Files.createDirectory(state.resolve("tmp"));
        ChildJvm child = new ChildJvm().environment("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary);
        ChildJvm.Result killed = child.run(StoreMain.class, "killed",
                Files.createDirectory(state.resolve("state")).toString());
        assertEquals(128 + 9, killed.exit(), killed.output());
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(List.of(), left.toList());
        }
    }

    /** The native LevelDB would take the process with it. */
    @Test
    void aDiskThatFillsUpCostsNothingOfWhatIsLearnt() throws Exception {
        String[] unshare = System.getProperty("user.name").equals("root")
                ? new String[]{"unshare", "-m"}
                : new String[]{"unshare", "-Urm"};
        assumeTrue(canMount(unshare), "unshare and mount (util-linux) may not be used");
        ChildJvm child = new ChildJvm().under(unshare).under("sh", "-c",
                "mount -t tmpfs -o size=96m tmpfs \"$0\" && exec \"$@\"", state.toString());
        assertEquals(new ChildJvm.Result(0, "No space left on device\nwaits\nwritten\nended"),
                withoutWarnings(child.run(StoreMain.class, "full", state.toString())));
    }

    @Test
    void whereTheNativeLibraryCannotBeLoadedThePortIsUsed() throws Exception {
        ChildJvm child = new ChildJvm().environment("JAVA_TOOL_OPTIONS",
                "-Djava.io.tmpdir=/nonexistent -Dlibrary.leveldbjni.path=/nonexistent");
        ChildJvm.Result result = withoutWarnings(child.run(StoreMain.class, "engine"));
        assertEquals(new ChildJvm.Result(0, "PORT"), result);
    }

    private boolean canMount(String... unshare) throws Exception {
        List<String> command = new ArrayList<>(List.of(unshare));
        command.addAll(List.of("mount", "-t", "tmpfs", "tmpfs", state.toString()));
        try {
            return new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Of the JVM, and of SLF4J about there being no log. */
    private static ChildJvm.Result withoutWarnings(ChildJvm.Result result) {
        Optional<String> rest = result.output().lines()
                .filter(line -> !line.startsWith("SLF4J") && !line.startsWith("Picked up")
                        && !line.startsWith("WARNING"))
                .reduce((a, b) -> a + "\n" + b);
        return new ChildJvm.Result(result.exit(), rest.orElse(""));
    }
}
