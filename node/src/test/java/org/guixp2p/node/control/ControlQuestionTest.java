// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.guixp2p.node.rate.RateLimits;
import org.guixp2p.node.testing.Eventually;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Questions over the socket. */
@Timeout(60)
class ControlQuestionTest {
    private static final StorePath ITEM = new StorePath("y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");

    @TempDir
    private Path directory;

    private Path path() {
        return directory.resolve("control");
    }

    private ControlServer server(Answering answering) throws IOException {
        return ControlServer.start(path(), RateLimits.none(), answering);
    }

    private List<Config> ask(ControlQuestion question) throws IOException {
        List<Config> lines = new ArrayList<>();
        ControlClient.ask(path(), question, lines::add);
        return lines;
    }

    static Stream<ControlQuestion> questions() {
        return Stream.of(new ControlQuestion.Status(), new ControlQuestion.Peers(), new ControlQuestion.Mirrors(),
                new ControlQuestion.Transfers(), new ControlQuestion.Builds(), new ControlQuestion.Events(17),
                new ControlQuestion.ProvidersOfNar(new NarHash(Sha256.hash(new byte[1]))),
                new ControlQuestion.ProvidersOfPath(ITEM), new ControlQuestion.Why(ITEM),
                new ControlQuestion.Seeds(),
                new ControlQuestion.AddSeed(ITEM), new ControlQuestion.RemoveSeed(new SeedTarget.Item(ITEM)),
                new ControlQuestion.RemoveSeed(new SeedTarget.Nar(new NarHash(Sha256.hash(new byte[1])))),
                new ControlQuestion.VerifySeeds(Optional.empty()),
                new ControlQuestion.VerifySeeds(Optional.of(new SeedTarget.Item(ITEM))));
    }

    @ParameterizedTest
    @MethodSource("questions")
    void whatIsAskedArrives(ControlQuestion question) throws IOException {
        CompletableFuture<ControlQuestion> asked = new CompletableFuture<>();
        try (ControlServer _ = server((arrived, line) -> {
            asked.complete(arrived);
            return CompletableFuture.completedFuture(null);
        })) {
            assertEquals(List.of(), ask(question));
        }
        assertEquals(question, Eventually.get(asked));
    }

    /** Lines come one by one, and many more than one read of the socket holds. */
    @Test
    void anAnswerIsReadAsItComes() throws IOException {
        CompletableFuture<Void> over = new CompletableFuture<>();
        List<Integer> numbers = new ArrayList<>();
        try (ControlServer _ = server((question, line) -> {
            IntStream.range(0, 999)
                    .forEach(number -> line.accept(Map.of("number", number, "text", "x".repeat(10 * number))));
            return over;
        })) {
            ControlClient.ask(path(), new ControlQuestion.Peers(), line -> {
                numbers.add(line.getInt("number"));
                if (numbers.size() == 999) {
                    over.complete(null);
                }
            });
        }
        assertEquals(IntStream.range(0, 999).boxed().toList(), numbers);
    }

    @Test
    void aNodeThatCannotSayIsAFailure() throws IOException {
        IOException busy = new IOException("it is busy");
        try (ControlServer _ = server((question, line) -> CompletableFuture.failedFuture(busy))) {
            assertEquals("the node says: the node cannot say: it is busy",
                    assertThrows(IOException.class, () -> ask(new ControlQuestion.Status())).getMessage());
        }
    }

    @Test
    void withoutANodeThereIsNoAnswer() {
        String said = assertThrows(IOException.class, () -> ask(new ControlQuestion.Status())).toString();
        assertTrue(said.contains("no node answers at " + path()), said);
    }

    /** Whoever hangs up is not looked for any more. */
    @Test
    void whoHangsUpEndsTheSearch() throws IOException {
        CompletableFuture<Void> search = new CompletableFuture<>();
        CompletableFuture<Runnable> saying = new CompletableFuture<>();
        try (ControlServer _ = server((question, line) -> {
            saying.complete(() -> line.accept(Map.of("x", "y")));
            return search;
        })) {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(path()));
                ControlLine.write(channel, new ControlQuestion.Status().toJson());
                Eventually.get(saying);
            }
            Eventually.holds(() -> {
                saying.join().run();
                return search.isCancelled();
            }, () -> "an end of the search");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"ask\":\"\"}", "{\"ask\":1}", "{\"ask\":\"providers\"}",
        "{\"ask\":\"providers\",\"nar\":\"sha256:x\"}", "{\"ask\":\"providers\",\"path\":\"/etc\"}",
        "{\"ask\":\"providers\",\"nar\":[]}", "{\"ask\":\"seed-add\"}", "{\"ask\":\"seed-add\",\"item\":\"/etc\"}",
        "{\"ask\":\"seed-remove\"}", "{\"ask\":\"why\",\"item\":\"/etc\"}", "{\"ask\":\"seed-remove\",\"item\":\"x\"}",
        "{\"ask\":\"seed-verify\",\"item\":\"sha1:x\"}"})
    void whatIsNoQuestionIsRefused(String line) throws IOException {
        try (ControlServer _ = server((question, answer) -> {
            throw new AssertionError("asked");
        }); SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path()));
            ControlLine.write(channel, line);
            assertTrue(ControlLine.read(channel).startsWith("{\"error\":\""));
        }
    }
}
