// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.protocol.testing.Ethernet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration on a network of its own, as somebody starts it. */
@Timeout(300)
class NetworkedDemoTest {
    @TempDir
    private Path directory;

    private Process demo(Path path, Path said) throws IOException {
        List<String> arguments = List.of("demo", "--discovery", "lan", "--json", "--size", "1MiB", "--dir",
                directory.toString());
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(Programs.ofThisProcess().harness(arguments)))
                .redirectError(said.toFile());
        builder.environment().put("PATH", path.toString());
        return builder.start();
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Nine JVMs, each of which starts cold. */
    @Test
    @Tag("slow")
    void nodesThatKnowNobodyFindEachOther() throws IOException, InterruptedException {
        Optional<String> impossible = Ethernet.impossible();
        assumeTrue(impossible.isEmpty(), impossible.orElse(""));
        Path said = directory.resolve("said");
        Process process = demo(Path.of(System.getenv("PATH")), said);
        String output = output(process);

        assertEquals(0, process.waitFor(), () -> output + Files.exists(said));
        assertEquals("", Files.readString(said));
        JsonNode report = JsonMapper.builder().build().readTree(output);
        assertEquals("lan", report.path("discovery").asText());
        assertTrue(report.path("ok").asBoolean(), output);
        assertEquals(3, report.path("peers").size());
        assertEquals(0, report.path("left_running").asInt(-1));
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(said), left.toList());
        }
    }

    @Test
    void whereThereCanBeNoNetworkThatIsSaid() throws IOException, InterruptedException {
        Path said = directory.resolve("said");
        Path tools = Files.createDirectory(directory.resolve("tools"));
        Path unshare = Files.writeString(tools.resolve("unshare"),
                "#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n");
        assertTrue(unshare.toFile().setExecutable(true));
        Process process = demo(tools, said);
        String output = output(process);

        assertEquals(69, process.waitFor(), output);
        assertEquals("", output);
        assertEquals(
                "guix-p2p: demo --discovery lan needs Linux, util-linux, iproute2 and the right to make network namespaces,"
                        + " which this machine does not give: unshare: unshare failed: Operation not permitted\n",
                Files.readString(said));
    }
}
