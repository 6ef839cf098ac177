// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.jspecify.annotations.Nullable;

/**
 * The node's side of the bridge, on a real Unix socket: serves the items it is given as a good node does, except where a
 * {@link Script} says otherwise for the next request. What restorers say is kept for the test to look at.
 */
public final class ScriptedNode implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Path socket;
    private final ServerSocketChannel server;
    private final Map<String, ServedItem> items = new ConcurrentHashMap<>();
    private final Queue<Script> scripts = new ConcurrentLinkedQueue<>();
    private final Queue<Script> substitutes = new ConcurrentLinkedQueue<>();
    private final Queue<Script> greetings = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<FromRestorer.Hello> hellos = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();
    private final BlockingQueue<FromRestorer.Result> results = new LinkedBlockingQueue<>();
    private final BlockingQueue<Boolean> goodbyes = new LinkedBlockingQueue<>();
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /** What a node does on one request, or in place of its welcome. */
    @FunctionalInterface
    public interface Script {
        /** An {@link IOException} ends the connection: the restorer has closed it, most often. */
        void play(Exchange exchange) throws IOException;
    }

    private ScriptedNode(Path socket, ServerSocketChannel server) {
        this.socket = socket;
        this.server = server;
        Thread.ofVirtual().start(this::accept);
    }

    /** Listens on {@code node.sock} in {@code directory}, with the modes that a node gives its own. */
    public static ScriptedNode listen(Path directory) {
        Path socket = directory.resolve("node.sock");
        try {
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
            return new ScriptedNode(socket, server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path socket() {
        return socket;
    }

    /** Serves an item from now on. */
    public ScriptedNode serve(ServedItem item) {
        items.put(item.path(), item);
        return this;
    }

    /** Serves items from now on. */
    public ScriptedNode serve(List<ServedItem> more) {
        more.forEach(this::serve);
        return this;
    }

    /** Plays {@code script} on the next request that no script is set for yet, in place of serving it. */
    public ScriptedNode onRequest(Script script) {
        scripts.add(script);
        return this;
    }

    /** Plays {@code script} on the next {@code substitute} that no script is set for yet, whatever else is asked before. */
    public ScriptedNode onSubstitute(Script script) {
        substitutes.add(script);
        return this;
    }

    /** Plays {@code script} in place of the next welcome. */
    public ScriptedNode onHello(Script script) {
        greetings.add(script);
        return this;
    }

    public FromRestorer.Hello awaitHello() {
        return await(hellos, "hello");
    }

    public String awaitCommand() {
        return await(commands, "command");
    }

    public FromRestorer.Result awaitResult() {
        return await(results, "result");
    }

    /** Waits until a restorer has closed a connection, or a script has. */
    public void awaitGoodbye() {
        await(goodbyes, "goodbye");
    }

    /** Connections so far whose hello nobody has awaited. */
    public int unawaitedHellos() {
        return hellos.size();
    }

    /** Results so far that nobody has awaited. */
    public int unawaitedResults() {
        return results.size();
    }

    private static <T> T await(BlockingQueue<T> queue, String what) {
        try {
            T found = queue.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            if (found == null) {
                throw new AssertionError("the restorer sends no " + what);
            }
            return found;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Nullable
    ServedItem item(String path) {
        return items.get(path);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = server.accept();
                connections.add(connection);
                Thread.ofVirtual().start(() -> talk(connection));
            }
        } catch (ClosedChannelException e) {
            // The test is over.
        } catch (IOException e) {
            failures.add(e);
        }
    }

    private void talk(SocketChannel connection) {
        try (connection) {
            FrameDecoder<FromRestorer> decoder = FrameDecoder.ofRestorer();
            if (!(decoder.read(connection) instanceof FromRestorer.Hello hello)) {
                throw new AssertionError("the first frame is no hello");
            }
            hellos.add(hello);
            Exchange exchange = new Exchange(this, connection, decoder, hello);
            play(greetings.poll(), exchange, ScriptedNode::welcome);
            for (FromRestorer message = decoder.read(connection); message != null; message = decoder.read(connection)) {
                heard(message, exchange);
            }
        } catch (ClosedChannelException | EOFException e) {
            // A script has closed it, or the restorer ended in the midst of something.
        } catch (IOException e) {
            if (!isGone(e)) {
                failures.add(e);
            }
        } catch (RuntimeException | AssertionError e) {
            failures.add(e);
        } finally {
            connections.remove(connection);
            goodbyes.add(true);
        }
    }

    private void heard(FromRestorer message, Exchange exchange) throws IOException {
        switch (message) {
            case FromRestorer.Hello hello -> throw new AssertionError("a second hello: " + hello);
            case FromRestorer.Result result -> results.add(result);
            case FromRestorer.Command command -> {
                commands.add(command.line());
                exchange.begin(command.line());
                Script special = exchange.word(0).equals("substitute") ? substitutes.poll() : null;
                play(special == null ? scripts.poll() : special, exchange, ScriptedNode::answer);
            }
        }
    }

    /** A restorer that closes in the midst of it may have said why: the rest of what it sent is still read. */
    private static void play(@Nullable Script script, Exchange exchange, Script otherwise) throws IOException {
        try {
            (script == null ? otherwise : script).play(exchange);
        } catch (IOException e) {
            if (!isGone(e)) {
                throw e;
            }
        }
    }

    /** Whether this is how the system says that the other side has closed. */
    private static boolean isGone(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("Broken pipe") || message.contains("Connection reset");
    }

    /** Keeps what comes while no script reads it. */
    void keep(FromRestorer message) {
        switch (message) {
            case FromRestorer.Hello hello -> throw new AssertionError("a second hello: " + hello);
            case FromRestorer.Command command -> commands.add(command.line());
            case FromRestorer.Result result -> results.add(result);
        }
    }

    /**
     * Stops listening, ends every connection, and removes the socket.
     *
     * @throws AssertionError when a restorer broke the protocol, or a script failed
     */
    @Override
    public void close() {
        try {
            server.close();
            for (SocketChannel connection : connections) {
                connection.close();
            }
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Throwable first = failures.peek();
        if (first != null) {
            throw new AssertionError("on the node's side: " + first, first);
        }
    }

    /** The greeting of a good node. */
    static void welcome(Exchange exchange) throws IOException {
        exchange.send(new FromNode.Welcome(BridgeMessage.VERSION, "scripted/1"));
    }

    /** What a good node answers. */
    static void answer(Exchange exchange) throws IOException {
        switch (exchange.word(0)) {
            case "have" -> {
                exchange.paths(exchange.asked().stream().filter(exchange::has).toList());
                exchange.send(new FromNode.End());
            }
            case "info" -> {
                for (String path : exchange.asked().reversed()) {
                    if (exchange.has(path)) {
                        exchange.narinfo(exchange.item(path));
                    }
                }
                exchange.send(new FromNode.End());
            }
            case "substitute" -> {
                if (exchange.has(exchange.word(1))) {
                    exchange.serve(exchange.item(exchange.word(1)));
                } else {
                    exchange.send(new FromNode.NotFound("nobody has it"));
                }
            }
            default -> exchange.send(new FromNode.Refused("unknown command"));
        }
    }
}
