// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A machine of its own for the script: directories, programs, environment. */
final class LauncherFixture {
    /** The script under test, in the checkout that these tests belong to. */
    static final Path SCRIPT = Path.of("../guix-p2p");
    /** All that the script may use besides a shell. */
    private static final List<String> TOOLS = List.of("sh", "cat", "find", "head", "mkdir", "mv", "readlink", "rm",
            "sleep", "uname");

    final Path root;
    final Path path;
    final Map<String, String> environment = new HashMap<>();

    /** What a run left. */
    record Outcome(int status, List<String> out, String err) {
        /** The class that the JVM was told to run, and its arguments. */
        List<String> program() {
            int at = out.indexOf("-cp");
            return at < 0 ? List.of() : out.subList(at + 2, out.size());
        }

        /** What stands before the class path. */
        List<String> options() {
            return out.subList(0, Math.max(0, out.indexOf("-cp")));
        }
    }

    LauncherFixture(Path root) throws IOException {
        this.root = root.toRealPath();
        path = Files.createDirectory(this.root.resolve("path"));
        for (String tool : TOOLS) {
            Path real = Path.of("/bin", tool);
            program(path.resolve(tool), "exec " + (Files.exists(real) ? real : Path.of("/usr/bin", tool)) + " \"$@\"");
        }
        environment.put("PATH", path.toString());
        environment.put("GUIX_P2P_JVMS", jvms().toString());
        environment.put("LOG", log().toString());
        environment.put("GUIX_P2P_BRIDGE_CONF", this.root.resolve("absent.conf").toString());
        Files.writeString(log(), "");
    }

    Path jvms() throws IOException {
        return Files.createDirectories(root.resolve("jvms"));
    }

    /** Where Maven writes down that it ran, and the JVM that it trained. */
    Path log() {
        return root.resolve("log");
    }

    Path program(Path file, String... lines) throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    /** A JDK whose JVM prints its arguments, a line each, then the locale; a training run leaves a cache. */
    Path jdk(Path home, String version) throws IOException {
        program(home.resolve("bin/java"), "for word; do",
                "  case $word in -XX:AOTCacheOutput=*) echo train >> \"$LOG\"; [ -z \"${UNTRAINABLE-}\" ] || exit 1",
                "    echo cache > \"${word#*=}\" ;; esac",
                "  printf '%s\\n' \"$word\"", "done", "printf '%s\\n' \"LC_ALL=$LC_ALL\" >&2",
                "[ -z \"${SHOW_BUILTIN-}\" ] || printf '%s\\n' \"BUILTIN=$GUIX_P2P_BUILTIN\" >&2");
        Files.writeString(home.resolve("release"),
                "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"Linux\"\n");
        age(home.resolve("release"), 1000);
        return home;
    }

    /** A checkout with one module and the script; nothing is built. */
    Path checkout() throws IOException {
        Path checkout = root.resolve("check out");
        Files.createDirectories(checkout.resolve("node/src/main/java"));
        Path script = checkout.resolve("guix-p2p");
        Files.copy(SCRIPT, script);
        for (String source : List.of("pom.xml", "node/pom.xml", "node/src/main/java/A.java")) {
            Files.writeString(checkout.resolve(source), source);
            age(checkout.resolve(source), 500);
        }
        age(checkout.resolve("node/src/main/java"), 500);
        age(checkout.resolve("node/src/main"), 500);
        return script;
    }

    /** A Maven that makes the distribution's jars. */
    void maven() throws IOException {
        program(path.resolve("mvn"), "printf '%s\\n' \"mvn $*\" >> \"$LOG\"",
                "mkdir -p vm-harness/target/dist/lib", "cd vm-harness/target/dist/lib",
                "for jar in node protocol substituter-bridge; do echo jar > $jar.jar; done");
    }

    /** A Guix that prints its name and its arguments, a line each, and on standard error what it was told. */
    Path guix() throws IOException {
        return program(path.resolve("guix"), "printf '%s\\n' guix \"$@\"",
                "echo \"fallback=${GUIX_P2P_FALLBACK-} extensions=${GUIX_EXTENSIONS_PATH-}\" >&2");
    }

    /** An installed tree with the script in its {@code bin} directory. */
    Path installed() throws IOException {
        return installed(root.resolve("usr"));
    }

    /** The same, at {@code prefix}. */
    Path installed(Path prefix) throws IOException {
        Path script = prefix.resolve("bin/guix-p2p");
        Path lib = prefix.resolve("share/guix-p2p/lib");
        Files.createDirectories(script.resolveSibling("."));
        Files.createDirectories(lib);
        Files.copy(SCRIPT, script);
        for (String file : List.of("node.jar", "protocol.jar", "substituter-bridge.jar", "compiler.json")) {
            Files.writeString(lib.resolve(file), "as built");
            age(lib.resolve(file), 500);
        }
        return script;
    }

    /** Makes a file as old as this. */
    static void age(Path file, long seconds) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(seconds)));
    }

    Outcome run(Path script, String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile(root, "out", "");
        Path err = Files.createTempFile(root, "err", "");
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(root.toFile()).redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("the launcher does not end: " + Files.readString(err));
        }
        return new Outcome(process.exitValue(), Files.readAllLines(out), Files.readString(err));
    }

    List<String> logged() throws IOException {
        return Files.readAllLines(log());
    }
}
