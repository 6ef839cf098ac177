// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.persistence.nar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.guixp2p.protocol.testing.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real disk that is full, which only a process of the test's sees. */
class FullDiskTest {
    @TempDir
    private Path state;

    /** And of two NARs being fetched, none takes the room that the other is yet to write to. */
    @Test
    void leftoversGoBeforeAnythingFailsForWantOfRoom() throws Exception {
        List<String> unshare = System.getProperty("user.name").equals("root")
                ? List.of("unshare", "-m")
                : List.of("unshare", "-Urm");
        assumeTrue(canMount(unshare), "unshare and mount (util-linux) may not be used");
        ChildJvm child = new ChildJvm().under(unshare.toArray(String[]::new)).under("sh", "-c",
                "mount -t tmpfs -o size=8m tmpfs \"$0\" && exec \"$@\"", state.toString());
        ChildJvm.Result result = child.run(FullDiskMain.class, state.toString());
        assertEquals(List.of("written", "No space left on device", "false", "false true", "false true",
                "ended"),
                result.output().lines()
                        .filter(line -> !line.startsWith("SLF4J") && !line.startsWith("WARNING")).toList(),
                result::output);
    }

    private boolean canMount(List<String> unshare) throws Exception {
        List<String> command = new ArrayList<>(unshare);
        command.addAll(List.of("mount", "-t", "tmpfs", "tmpfs", state.toString()));
        try {
            return new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
