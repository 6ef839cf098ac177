// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.world;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.hash.Sha256;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.item.StorePath;
import org.jspecify.annotations.Nullable;

/** One connection to a node's socket, as a restorer has it, that only looks at its watch and at the hash of what comes. */
public final class BridgeClient implements AutoCloseable {
    private final SocketChannel channel;
    private final FrameDecoder<FromNode> frames = FrameDecoder.ofNode();

    private BridgeClient(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * When what came, on the clock of {@link System#nanoTime}.
     *
     * @param asked the request was about to be written
     * @param first the first bytes of the NAR, which the node has verified, were there
     * @param last all were
     */
    public record Times(long asked, long first, long last) {}

    /** Connects, and says hello. */
    public static BridgeClient connect(Path socket, FromRestorer.Mode mode, String nixOptions) throws IOException {
        return connect(socket, mode, null, nixOptions);
    }

    /**
     * Connects as a restorer of a daemon's: what that daemon has asked about is fetched ahead.
     *
     * @param daemon whose restorer it says that it is
     */
    public static BridgeClient connect(Path socket, FromRestorer.Mode mode, FromRestorer.@Nullable Daemon daemon,
            String nixOptions) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        try {
            BridgeClient client = new BridgeClient(channel);
            FrameEncoder.write(new FromRestorer.Hello(BridgeMessage.VERSION, mode, daemon, nixOptions), channel);
            if (!(client.next() instanceof FromNode.Welcome)) {
                throw new IOException("the node does not welcome");
            }
            return client;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private FromNode next() throws IOException {
        FromNode frame = frames.read(channel);
        if (frame == null) {
            throw new IOException("the node has hung up");
        }
        if (frame instanceof FromNode.Refused refused) {
            throw new IOException("the node refuses: " + refused.reason());
        }
        return frame;
    }

    /** Asks about an item; the node looks its narinfo up. */
    public void info(StorePath path) throws IOException {
        FrameEncoder.write(new FromRestorer.Command("info " + path), channel);
        boolean known = false;
        for (FromNode frame = next(); !(frame instanceof FromNode.End); frame = next()) {
            known |= frame instanceof FromNode.Narinfo;
        }
        if (!known) {
            throw new IOException("the node knows nothing of " + path);
        }
    }

    /**
     * Takes an item's NAR.
     *
     * @throws IOException when it does not come, or is not what it should be
     */
    public Times nar(TreeItem item) throws IOException {
        FromRestorer.Command command = new FromRestorer.Command("substitute " + item.path() + " " + item.path());
        MessageDigest digest = Sha256.digest();
        long asked = System.nanoTime();
        FrameEncoder.write(command, channel);
        long first = 0;
        boolean begun = false;
        for (FromNode frame = next(); !(frame instanceof FromNode.NarEnd); frame = next()) {
            switch (frame.type()) {
                case NAR -> {
                    if (!begun) {
                        first = System.nanoTime();
                        begun = true;
                    }
                    digest.update(bytes(frame));
                }
                case RESTART -> throw new IOException("the node began again");
                case NOT_FOUND -> throw new IOException("the node does not find " + item.path());
                default -> {
                    /* nothing of the NAR */ }
            }
        }
        long last = System.nanoTime();
        boolean right = new NarHash(Sha256.finish(digest)).equals(item.nar().hash());
        FrameEncoder.write(new FromRestorer.Result(right, ""), channel);
        if (!right) {
            throw new IOException(item.path() + " has another hash");
        }
        return new Times(asked, first, last);
    }

    private static ByteBuffer bytes(FromNode frame) {
        return ((FromNode.Nar) frame).bytes();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
