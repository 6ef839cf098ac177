// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.bench.rivals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.Workplace;

/**
 * An nginx on loopback that serves the files of a directory, with one worker and {@code sendfile}.
 *
 * @param port where it listens
 */
public record Nginx(Child child, int port) {
    /** Whether there is one. */
    public static boolean isInstalled() {
        return Course.isInstalled("nginx");
    }

    /**
     * Starts one, and returns when it listens.
     *
     * @param own an empty directory for what it writes
     * @param files what it serves
     */
    public static Nginx start(Workplace place, Path own, Path files) throws IOException, InterruptedException {
        int port = Course.freePort();
        Path configuration = Files.writeString(own.resolve("nginx.conf"), configuration(own, files, port));
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c",
                "PATH=\"$PATH:/usr/sbin:/sbin\"; exec nginx -e stderr -p \"$1\" -c \"$2\"", "sh", own.toString(),
                configuration.toString()).directory(own.toFile()).redirectError(own.resolve("nginx.log").toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("HOME", own.toString());
        Child child = place.processes().start("nginx-" + own.getFileName(), builder);
        child.process().getOutputStream().close();
        Course.awaitListening(child, port);
        return new Nginx(child, port);
    }

    /** Ends it. */
    public void end() throws InterruptedException {
        child.end();
    }

    private static String configuration(Path own, Path files, int port) {
        // Without this its workers would be somebody who may not enter the directory.
        String user = System.getProperty("user.name").equals("root") ? "user root;\n" : "";
        return user + """
                daemon off;
                worker_processes 1;
                pid %1$s/nginx.pid;
                events {}
                http {
                  access_log off;
                  sendfile on;
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                  server { listen 127.0.0.1:%2$d; root %3$s; }
                }
                """.formatted(own, port, files);
    }
}
