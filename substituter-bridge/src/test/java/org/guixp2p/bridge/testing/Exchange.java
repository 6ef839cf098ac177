// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.StorePath;

/** One request on one connection, as a {@link ScriptedNode.Script} sees it. */
public final class Exchange {
    private static final int PROGRESS_BYTES = 1 << 18;

    private final ScriptedNode node;
    private final SocketChannel connection;
    private final FrameDecoder<FromRestorer> decoder;
    private final FromRestorer.Hello hello;
    private List<String> words = List.of("");

    Exchange(ScriptedNode node, SocketChannel connection, FrameDecoder<FromRestorer> decoder,
            FromRestorer.Hello hello) {
        this.node = node;
        this.connection = connection;
        this.decoder = decoder;
        this.hello = hello;
    }

    void begin(String line) {
        words = List.of(line.split(" "));
    }

    /** A word of the request, from 0. */
    public String word(int index) {
        return words.get(index);
    }

    /** What follows the first word: the paths of a query. */
    public List<String> asked() {
        return words.subList(1, words.size());
    }

    public boolean has(String path) {
        return node.item(path) != null;
    }

    /** A served item. */
    public ServedItem item(String path) {
        return Objects.requireNonNull(node.item(path), path);
    }

    /** The item that this {@code substitute} asks for. */
    public ServedItem item() {
        return item(word(1));
    }

    public void send(FromNode message) throws IOException {
        FrameEncoder.write(message, connection);
    }

    public void paths(List<String> paths) throws IOException {
        send(new FromNode.Paths(paths.stream().map(path -> new StorePath(path.substring(11))).toList()));
    }

    public void narinfo(ServedItem item) throws IOException {
        send(new FromNode.Narinfo(ByteBuffer.wrap(item.narinfo())));
    }

    public void trace(String text) throws IOException {
        send(new FromNode.Trace(ByteBuffer.wrap(text.getBytes(UTF_8))));
    }

    /** Sends bytes of a NAR, in as many frames as they need. */
    public void nar(byte[] bytes) throws IOException {
        FrameEncoder.writeAll(List.of(new FromNode.Nar(ByteBuffer.wrap(bytes))), connection);
    }

    /** Sends bytes of a NAR. */
    public void nar(byte[] bytes, int from, int to) throws IOException {
        nar(Arrays.copyOfRange(bytes, from, to));
    }

    /** Sends bytes just so, frames or not. */
    public void raw(byte... bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            connection.write(buffer);
        }
    }

    /** Sends a frame that no encoder would write. */
    public void frame(int type, int length, byte... body) throws IOException {
        raw(ByteBuffer.allocate(FrameDecoder.HEADER + body.length).putInt(length).put((byte) type).put(body).array());
    }

    /** Ends the connection, as a node does that dies. */
    public void die() throws IOException {
        connection.close();
    }

    /** Lets time pass, as a node does that looks for sources. */
    public void pause(Duration duration) {
        // A restorer's patience is real time: nothing that could be awaited instead happens meanwhile.
        long deadline = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() < deadline) {
            LockSupport.parkNanos(deadline - System.nanoTime());
        }
    }

    /** Says nothing more until the restorer closes the connection. */
    public void fallSilent() throws IOException {
        for (FromRestorer message = decoder.read(connection); message != null; message = decoder.read(connection)) {
            node.keep(message);
        }
        connection.close();
    }

    /** Sends narinfo, traces, the whole NAR and its end. */
    public void serve(ServedItem item) throws IOException {
        narinfo(item);
        String url = "guixp2p://scripted/" + item.path().substring(11);
        String about = word(2) + " " + url + " " + item.nar().length;
        boolean extended = hello.nixOptions().contains("print-extended-build-trace=1");
        trace(extended ? "@ download-started " + about + "\n" : "\r\u001b[K " + url + "   0%");
        for (int done = 0; done < item.nar().length; done += PROGRESS_BYTES) {
            nar(item.nar(), done, Math.min(item.nar().length, done + PROGRESS_BYTES));
            trace(extended ? "@ download-progress " + about + " " + done + "\n" : "\r\u001b[K " + url + "  50%");
        }
        trace(extended ? "@ download-succeeded " + about + "\n" : "\r\u001b[K " + url + " 100%\n");
        send(new FromNode.NarEnd());
    }
}
