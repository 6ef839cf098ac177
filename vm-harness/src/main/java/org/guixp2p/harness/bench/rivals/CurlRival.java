// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.relay.Relay;
import org.guixp2p.protocol.store.TreeDeleter;

/**
 * HTTP without TLS from nginx, over one link: there is one server. The file is hashed when it is there, or, with {@code tee},
 * while it comes.
 */
record CurlRival(boolean tee) implements Rival {
    private static final double NANOS = 1e9;
    private static final String AFTER = "curl -sS -f -o \"$1\" \"$2\" && sha256sum \"$1\"";
    private static final String WHILE = "curl -sS -f \"$2\" | tee \"$1\" | openssl dgst -sha256";

    @Override
    public String name() {
        return tee ? "curl-tee" : "curl";
    }

    @Override
    public Optional<String> missing() {
        return Stream.of("nginx", "curl", tee ? "openssl" : "sha256sum").filter(each -> !Course.isInstalled(each))
                .findFirst().map(each -> each + " is not installed");
    }

    @Override
    public double fetch(Course course) throws IOException, InterruptedException {
        Path directory = course.directory(name());
        Nginx nginx = Nginx.start(course.place(), directory, course.file().resolveSibling(""));
        int port = nginx.port();
        Optional<Relay> relay = Optional.empty();
        try {
            relay = course.relay(port);
            int dialled = relay.isEmpty() ? port : relay.get().address().port();
            return run(course, directory, "http://127.0.0.1:" + dialled + "/" + course.file().getFileName());
        } finally {
            if (relay.isPresent()) {
                relay.get().close();
            }
            nginx.end();
            TreeDeleter.delete(directory);
        }
    }

    private double run(Course course, Path directory, String url) throws IOException, InterruptedException {
        Path file = directory.resolve("fetched");
        long began = System.nanoTime();
        Child curl = course.start(name(), directory,
                List.of("/bin/sh", "-c", tee ? WHILE : AFTER, "sh", file.toString(), url));
        String hash = course.finish(curl);
        double seconds = (System.nanoTime() - began) / NANOS;
        if (!hash.contains(course.hash().hex())) {
            throw new IOException(name() + " has fetched a file with another hash: " + hash.strip());
        }
        return seconds;
    }
}
