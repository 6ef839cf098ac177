// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The programs that a run starts: as they are installed, through the launcher that has started this one; or, where no launcher
 * has (in tests, in an IDE), from the class path of this process and with the launcher's options.
 *
 * @param launcher the script {@code guix-p2p}
 * @param home the directory that has the jars in {@code lib/}
 */
public record Programs(Optional<Path> launcher, Optional<Path> home, JavaCommand java) {
    private static final List<String> JVM_OPTIONS = List.of("-Xmx192m", "-XX:+UseSerialGC",
            "-XX:MetaspaceSize=96m",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    private static final List<String> SUBSTITUTER_OPTIONS = List.of("-Xlog:disable", "-XX:+UseSerialGC", "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED");
    private static final List<String> FOR_QUESTIONS = List.of("-XX:TieredStopAtLevel=1");
    private static final List<String> FOR_HASHES = List.of("-XX:Tier4InvocationThreshold=30000",
            "-XX:Tier4MinInvocationThreshold=30000", "-XX:Tier4BackEdgeThreshold=400000");
    private static final String LAUNCHER = "guixp2p.launcher";
    private static final String LIB = "guixp2p.lib";
    private static final String NODE = "org.guixp2p.node.cli.Main";
    private static final String SUBSTITUTER = "org.guixp2p.bridge.SubstituteMain";
    private static final String HARNESS = "org.guixp2p.harness.HarnessMain";

    /** Those that belong to this process; the launcher leaves word of itself in two properties. */
    public static Programs ofThisProcess() {
        Optional<Path> launcher = Optional.ofNullable(System.getProperty(LAUNCHER)).map(Path::of);
        Optional<Path> lib = Optional.ofNullable(System.getProperty(LIB)).map(Path::of);
        boolean installed = launcher.isPresent() && lib.isPresent();
        return new Programs(launcher.filter(_ -> installed), lib.filter(_ -> installed).map(Path::getParent),
                JavaCommand.ofThisProcess());
    }

    /** {@code guix-p2p} with {@code arguments}, one of the node's commands being the first. */
    public List<String> node(List<String> arguments) {
        return launched(arguments).orElseGet(() -> java.words(JVM_OPTIONS, NODE, arguments));
    }

    /** {@code guix-p2p substitute} with {@code mode}, {@code --query} or {@code --substitute}. */
    public List<String> substituter(String mode) {
        List<String> arguments = List.of("substitute", mode);
        List<String> compilers = mode.equals("--query") ? FOR_QUESTIONS : FOR_HASHES;
        return launched(arguments).orElseGet(() -> java.words(
                Stream.concat(SUBSTITUTER_OPTIONS.stream(), compilers.stream()).toList(), SUBSTITUTER, arguments));
    }

    /** One of the hidden commands of this module. */
    public List<String> harness(List<String> arguments) {
        return java.words(JVM_OPTIONS, HARNESS, arguments);
    }

    /**
     * One of the commands of this module that starts programs in turn: the same ones as this process.
     *
     * @param more options for its JVM
     */
    public List<String> again(List<String> more, List<String> arguments) {
        List<String> options = new ArrayList<>(JVM_OPTIONS);
        options.addAll(more);
        for (String property : List.of(LAUNCHER, LIB)) {
            Optional.ofNullable(System.getProperty(property))
                    .ifPresent(value -> options.add("-D" + property + "=" + value));
        }
        return java.words(options, HARNESS, arguments);
    }

    private Optional<List<String>> launched(List<String> arguments) {
        return launcher.map(script -> Stream.concat(Stream.of(script.toString()), arguments.stream()).toList());
    }

    /** What all of them need in an environment that is otherwise empty. */
    public Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        // Nothing that this machine's own node is set to counts here.
        environment.put("GUIX_P2P_BRIDGE_CONF", "/nonexistent/bridge.conf");
        home.ifPresent(directory -> environment.put("GUIX_P2P_HOME", directory.toString()));
        return environment;
    }
}
