// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.bridge.testing;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process that listens on a socket until its standard input ends, as another user. */
final class ForeignListener {
    private ForeignListener() {}

    /** Starts one that says {@code ready} when it listens; what it needs is copied below {@code directory}. */
    static Process start(int user, Path socket, Path directory) throws IOException, URISyntaxException {
        String name = ForeignListener.class.getName().replace('.', '/') + ".class";
        Path classes = directory.resolve("listener");
        Path copy = classes.resolve(name);
        Files.createDirectories(copy.resolveSibling("."));
        Path origin = Path.of(ForeignListener.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Files.copy(origin.resolve(name), copy);
        return new ProcessBuilder("setpriv", "--reuid", "" + user, "--regid", "" + user, "--clear-groups",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx32m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-cp", classes.toString(), ForeignListener.class.getName(),
                socket.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    public static void main(String[] arguments) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(arguments[0]));
            System.out.println("ready");
            while (System.in.read() >= 0) {
                // Nobody writes there.
            }
        }
    }
}
