// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;

/** One connection of what guix-daemon starts, to a node's socket. */
final class Restorer implements AutoCloseable {
    private final SocketChannel channel;
    private final FrameDecoder<FromNode> frames = FrameDecoder.ofNode();
    private final ByteArrayOutputStream nar = new ByteArrayOutputStream();
    private final StringBuilder traces = new StringBuilder();

    Restorer(Path socket, FromRestorer.Mode mode) throws IOException {
        this(socket, mode, "print-extended-build-trace=1\n");
    }

    /**
     * @param nixOptions the text of {@code _NIX_OPTIONS}
     */
    Restorer(Path socket, FromRestorer.Mode mode, String nixOptions) throws IOException {
        this(socket, mode, null, nixOptions);
    }

    /**
     * @param daemon the process that has started it
     */
    Restorer(Path socket, FromRestorer.Mode mode, FromRestorer.@Nullable Daemon daemon, String nixOptions)
            throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        FrameEncoder.write(new FromRestorer.Hello(BridgeMessage.VERSION, mode, daemon, nixOptions), channel);
        assertInstanceOf(FromNode.Welcome.class, read());
    }

    void send(FromRestorer message) throws IOException {
        FrameEncoder.write(message, channel);
    }

    void command(String line) throws IOException {
        send(new FromRestorer.Command(line));
    }

    FromNode read() throws IOException {
        FromNode frame = frames.read(channel);
        assertNotNull(frame, "the node hung up");
        return frame;
    }

    /** Asks about items, and returns how many can be had. */
    int info(StorePath... paths) throws IOException {
        command("info " + Stream.of(paths).map(path -> path + " ").collect(Collectors.joining()));
        int had = 0;
        for (FromNode frame = read(); !(frame instanceof FromNode.End); frame = read()) {
            had += frame instanceof FromNode.Narinfo ? 1 : 0;
        }
        return had;
    }

    /** What was told on file descriptor 2. */
    String traces() {
        return traces.toString();
    }

    /** Begins with an item, and returns when its first bytes have come. */
    void begin(StorePath path) throws IOException {
        nar.reset();
        command("substitute " + path + " " + path);
        while (nar.size() == 0) {
            take(read());
        }
    }

    /**
     * The rest of the item's NAR.
     *
     * @throws IOException with the node's reason when there is none
     */
    byte[] rest() throws IOException {
        FromNode frame = read();
        while (!(frame instanceof FromNode.NarEnd)) {
            take(frame);
            frame = read();
        }
        send(new FromRestorer.Result(true, ""));
        return nar.toByteArray();
    }

    private void take(FromNode frame) throws IOException {
        switch (frame) {
            case FromNode.Nar piece -> {
                byte[] bytes = new byte[piece.bytes().remaining()];
                piece.bytes().duplicate().get(bytes);
                nar.writeBytes(bytes);
            }
            case FromNode.Trace trace -> traces.append(StandardCharsets.UTF_8.decode(trace.bytes().duplicate()));
            case FromNode.Restart _ -> nar.reset();
            case FromNode.NotFound(String reason) -> throw new IOException(reason);
            case FromNode.Refused(String reason) -> throw new IOException(reason);
            case FromNode.Narinfo _,FromNode.Alive _,FromNode.Welcome _,FromNode.Paths _,FromNode.End _,FromNode.NarEnd _ -> {
                // No part of a NAR.
            }
        }
    }

    /** The NAR of an item. */
    byte[] substitute(StorePath path) throws IOException {
        nar.reset();
        command("substitute " + path + " " + path);
        return rest();
    }

    /** The hash of the item's NAR, which need not fit into memory. */
    Sha256 hash(StorePath path) throws IOException {
        MessageDigest digest = Sha256.digest();
        command("substitute " + path + " " + path);
        FromNode frame = read();
        while (!(frame instanceof FromNode.NarEnd)) {
            if (frame instanceof FromNode.Nar piece) {
                digest.update(piece.bytes().duplicate());
            } else if (frame instanceof FromNode.Restart) {
                digest.reset();
            } else {
                take(frame);
            }
            frame = read();
        }
        send(new FromRestorer.Result(true, ""));
        return Sha256.finish(digest);
    }

    /** Bytes of the NAR that were read so far. */
    int bytesRead() {
        return nar.size();
    }

    /** The hash of the NAR of one item, from a node at {@code socket}. */
    static Sha256 fetchHash(Path socket, StorePath path) throws IOException {
        try (Restorer restorer = new Restorer(socket, FromRestorer.Mode.SUBSTITUTE)) {
            return restorer.hash(path);
        }
    }

    /** The NAR of one item, from a node at {@code socket}. */
    static byte[] fetch(Path socket, StorePath path) throws IOException {
        try (Restorer restorer = new Restorer(socket, FromRestorer.Mode.SUBSTITUTE)) {
            return restorer.substitute(path);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
