// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.guixp2p.protocol.bridge.BridgeMessage;
import org.guixp2p.protocol.bridge.FrameDecoder;
import org.guixp2p.protocol.bridge.FrameEncoder;
import org.guixp2p.protocol.bridge.FromNode;
import org.guixp2p.protocol.bridge.FromRestorer;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.nar.EntryName;
import org.guixp2p.protocol.nar.LinkTarget;
import org.guixp2p.protocol.nar.NarWriter;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.store.TreeDeleter;

/**
 * A run that does all that a restorer does most days, so that the JDK can note for its AOT cache what that needs: a query
 * and a substitute, with a small item made on the spot, over a real socket, in a temporary directory. The narinfo is
 * signed by a key that was thrown away.
 */
final class Training {
    private static final int FILE_BYTES = 20_000;
    private static final String OPTIONS = "deduplicate=yes\nprint-extended-build-trace=1\nlocale=C.UTF-8\n";

    private final Path directory;
    private final byte[] narinfo;
    private final StorePath path;
    private final byte[] nar;

    private Training(Path directory) throws IOException {
        this.directory = directory;
        narinfo = resource("training.narinfo");
        path = Narinfo.parse(narinfo).path();
        nar = nar();
    }

    /**
     * Trains.
     *
     * @throws IOException when something went otherwise than it should
     */
    static void run() throws UsageException, IOException {
        Settings.load(System.getenv());
        Path directory = Files.createTempDirectory("guix-p2p-training");
        try {
            new Training(directory).train();
        } finally {
            TreeDeleter.delete(directory);
        }
    }

    private void train() throws IOException {
        Path acl = Files.write(directory.resolve("acl"), resource("training.acl"));
        Path socket = directory.resolve("sock");
        Settings settings = new Settings(socket, Settings.Fallback.NONE, System.getProperty("user.name"), acl, 10_000,
                10_000, List.of("guix"));
        Path store = Files.createDirectory(directory.resolve("store"));
        expect(FromRestorer.Mode.QUERY, settings, "info " + path + " \n", "\n");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            Thread node = new Thread(() -> serve(server), "training node");
            node.setDaemon(true);
            node.start();
            for (int round = 0; round < 3; round++) {
                expect(FromRestorer.Mode.QUERY, settings, "have " + path + " \ninfo " + path + " \n",
                        path + "\n\n" + path + "\n\n0\n0\n" + nar.length + "\n\n");
                expect(FromRestorer.Mode.SUBSTITUTE, settings,
                        "substitute " + path + " " + store.resolve(path.baseName()) + "\n",
                        "success " + Narinfo.parse(narinfo).narHash() + " " + nar.length + "\n");
            }
        }
    }

    private static void expect(FromRestorer.Mode mode, Settings settings, String commands, String expected)
            throws IOException {
        ByteArrayOutputStream replies = new ByteArrayOutputStream();
        SubstituteMain.serve(mode, settings, OPTIONS, new ByteArrayInputStream(commands.getBytes(US_ASCII)),
                new ReplyChannel(replies));
        if (!replies.toString(US_ASCII).equals(expected)) {
            throw new IOException("training: '" + expected + "' expected, but the reply was '"
                    + replies.toString(US_ASCII) + "'");
        }
    }

    /** The node's side of it. What goes wrong here shows in the replies. */
    private void serve(ServerSocketChannel server) {
        while (server.isOpen()) {
            try (SocketChannel connection = server.accept()) {
                FrameDecoder<FromRestorer> decoder = FrameDecoder.ofRestorer();
                for (FromRestorer message = decoder.read(connection); message != null; message = decoder
                        .read(connection)) {
                    if (message instanceof FromRestorer.Hello) {
                        send(connection, new FromNode.Welcome(BridgeMessage.VERSION, "training"));
                    } else if (message instanceof FromRestorer.Command command) {
                        answer(command.line(), connection);
                    }
                }
            } catch (IOException e) {
                // The next connection may do better; the end of the training is one of these too.
            }
        }
    }

    private void answer(String line, SocketChannel connection) throws IOException {
        switch (line.substring(0, line.indexOf(' '))) {
            case "have" -> send(connection, new FromNode.Paths(List.of(path)), new FromNode.End());
            case "info" -> send(connection, new FromNode.Narinfo(ByteBuffer.wrap(narinfo)), new FromNode.End());
            default -> {
                String about = line.substring(line.lastIndexOf(' ') + 1) + " guixp2p://training/ " + nar.length;
                send(connection, new FromNode.Narinfo(ByteBuffer.wrap(narinfo)), new FromNode.Alive(),
                        trace("@ download-started " + about + "\n"),
                        new FromNode.Nar(ByteBuffer.wrap(nar)), new FromNode.Restart(),
                        new FromNode.Nar(ByteBuffer.wrap(nar)),
                        trace("@ download-progress " + about + " " + nar.length + "\n"),
                        trace("@ download-succeeded " + about + "\n"), new FromNode.NarEnd());
            }
        }
    }

    private static FromNode trace(String line) {
        return new FromNode.Trace(ByteBuffer.wrap(line.getBytes(US_ASCII)));
    }

    private static void send(SocketChannel connection, FromNode... messages) throws IOException {
        for (FromNode message : messages) {
            FrameEncoder.write(message, connection);
        }
    }

    /** The item: of every kind of node one, and a file that is worth sharing. */
    static byte[] nar() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        NarWriter writer = new NarWriter(bytes);
        writer.startDirectory();
        writer.entry(EntryName.parse("bin"));
        writer.startDirectory();
        writer.entry(EntryName.parse("program"));
        writer.startFile(true, FILE_BYTES);
        writer.contents(new byte[FILE_BYTES], 0, FILE_BYTES);
        writer.endFile();
        writer.endDirectory();
        writer.entry(EntryName.parse("empty"));
        writer.startFile(false, 0);
        writer.endFile();
        writer.entry(EntryName.parse("link"));
        writer.symlink(LinkTarget.parse("bin/program"));
        writer.endDirectory();
        writer.finish();
        return bytes.toByteArray();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Training.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new FileNotFoundException(name + " is missing in this program");
            }
            return in.readAllBytes();
        }
    }
}
