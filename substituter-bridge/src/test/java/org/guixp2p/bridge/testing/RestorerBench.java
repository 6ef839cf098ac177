// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.guixp2p.protocol.testing.Fixtures;
import org.guixp2p.protocol.testing.Trees;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * What one case of the contract works with: directories of its own, a node, and restorers started as the daemon starts
 * them. By default a restorer trusts the fixtures' publisher, knows the node's socket, and has no fallback.
 */
public final class RestorerBench implements AutoCloseable {
    private final RestorerUnderTest restorer;
    private final Path directory;
    private final Path runDirectory;
    private final Path store;
    private final Path outside;
    private final Map<String, String> environment = new TreeMap<>();
    private final List<DaemonDriver> drivers = new ArrayList<>();
    private String nixOptions = "locale=C.UTF-8\nprint-extended-build-trace=1\ndeduplicate=no\n";
    private @Nullable ScriptedNode node;

    RestorerBench(RestorerUnderTest restorer) throws IOException {
        this.restorer = restorer;
        // Short: the path of a socket has at most 107 bytes.
        directory = Files.createTempDirectory("bench");
        runDirectory = Files.createDirectory(directory.resolve("run"));
        store = Files.createDirectory(directory.resolve("store"));
        outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("sentinel"), "untouched");
        environment.putAll(restorer.environment(BuiltinStandIn.write(directory)));
        environment.put("GUIX_P2P_SOCKET", runDirectory.resolve("node.sock").toString());
        environment.put("GUIX_P2P_USER", System.getProperty("user.name"));
        environment.put("GUIX_P2P_ACL", Fixtures.copy("keys/acl", directory).toString());
        environment.put("GUIX_P2P_FALLBACK", "none");
        environment.put("GUIX_P2P_BRIDGE_CONF", directory.resolve("absent.conf").toString());
    }

    /** Sets a variable for the restorers that are started from now on. */
    public RestorerBench with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Removes a variable. */
    public RestorerBench without(String name) {
        environment.remove(name);
        return this;
    }

    /** Lets a failed request go to the {@link BuiltinStandIn}. */
    public RestorerBench withBuiltin() {
        return with("GUIX_P2P_FALLBACK", "builtin");
    }

    /** Sets the text of {@code _NIX_OPTIONS}. */
    public RestorerBench withNixOptions(String text) {
        nixOptions = text;
        return this;
    }

    /** The node, listening since the first call. */
    public ScriptedNode node() {
        if (node == null) {
            node = ScriptedNode.listen(runDirectory);
        }
        return node;
    }

    /** Ends the node that listens. */
    public void stopNode() {
        node().close();
        node = null;
    }

    /** Starts a restorer for queries. */
    public DaemonDriver query() {
        return start("--query");
    }

    /** Starts a restorer for substitutes. */
    public DaemonDriver substitute() {
        return start("--substitute");
    }

    /** Starts a restorer with any arguments. */
    public DaemonDriver start(String... arguments) {
        return startCommand(restorer.command(), arguments);
    }

    /** Starts a restorer for substitutes as another user, by way of a command that becomes it. */
    public DaemonDriver substituteBy(List<String> prefix) throws IOException {
        List<String> words = new ArrayList<>(prefix);
        words.addAll(restorer.commandFrom(Files.createDirectories(directory.resolve("copy"))));
        return startCommand(words, "--substitute");
    }

    /** Starts another command in the restorer's place, with any arguments. */
    public DaemonDriver startCommand(List<String> command, String... arguments) {
        environment.put("_NIX_OPTIONS", nixOptions);
        List<String> words = new ArrayList<>(command);
        words.addAll(List.of(arguments));
        DaemonDriver driver = DaemonDriver.start(words, environment);
        drivers.add(driver);
        return driver;
    }

    /** A directory of this case alone. */
    public Path directory() {
        return directory;
    }

    /** Where the socket is. */
    public Path runDirectory() {
        return runDirectory;
    }

    /** Stands for {@code /gnu/store}. */
    public Path store() {
        return store;
    }

    /** Where {@code item} is to be restored. */
    public Path destination(ServedItem item) {
        return store.resolve(item.baseName());
    }

    /** Asks for {@code item} and returns the reply. */
    public String substitute(DaemonDriver driver, ServedItem item) {
        return driver.substitute(item.path(), destination(item).toString());
    }

    /** The text of the file that {@code item} was restored to. */
    public String contentsOf(ServedItem item) {
        try {
            return Files.readString(destination(item));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Serves {@code items} from the node. */
    public void serve(ServedItem... items) {
        node().serve(List.of(items));
    }

    /** Checks that exactly these names are in the store directory, and that nothing beside it was touched. */
    public void assertStoreHolds(String... names) {
        assertEquals(Stream.of(names).sorted().toList(), names(store));
        assertEquals(List.of("sentinel"), names(outside));
        try {
            assertEquals("untouched", Files.readString(outside.resolve("sentinel")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertTrue(names(directory).stream().noneMatch(name -> name.contains("escaped")));
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        drivers.forEach(DaemonDriver::close);
        try {
            if (node != null) {
                node.close();
            }
        } finally {
            Trees.makeDeletable(directory);
            try (Stream<Path> nodes = Files.walk(directory)) {
                for (Path path : nodes.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    /** A test class that says what a bench starts. */
    public interface Subject {
        /** The restorer that is tested. */
        RestorerUnderTest restorer();
    }

    /** Gives every test of a {@link Subject} that asks for one a fresh bench. */
    public static final class Resolver implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == RestorerBench.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            RestorerUnderTest restorer = ((Subject) context.getRequiredTestInstance()).restorer();
            try {
                RestorerBench bench = new RestorerBench(restorer);
                context.getStore(ExtensionContext.Namespace.create(RestorerBench.class)).put(bench, bench);
                return bench;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
