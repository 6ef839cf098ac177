// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.guixp2p.node.StartException;
import org.guixp2p.node.files.IoWords;
import org.guixp2p.persistence.AtomicFiles;

/**
 * Opens links in the user's browser, by {@code xdg-open}. Other users of the machine see with which words a program is run, and a link
 * may hold a secret: so the browser is given a file, which only this user can read, and that leads it on.
 */
final class Browser {
    private static final String PROGRAM = "xdg-open";
    private static final String FILE = "guix-p2p-dashboard";
    /** Some run the browser itself, and end with it. */
    private static final long WAIT_SECONDS = 5;

    private final Map<String, String> environment;

    Browser(Map<String, String> environment) {
        this.environment = environment;
    }

    /** @param link without characters that mean something in HTML */
    void open(String link) throws StartException {
        Path program = find();
        try {
            Path page = write("<!DOCTYPE html><meta charset=\"utf-8\"><title>guix-p2p</title>"
                    + "<meta http-equiv=\"refresh\" content=\"0; url=" + link + "\"><a href=\"" + link
                    + "\">guix-p2p</a>\n");
            Process process = new ProcessBuilder(program.toString(), page.toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS) && process.exitValue() != 0) {
                throw new StartException(program + " ended with status " + process.exitValue());
            }
        } catch (IOException e) {
            throw new StartException("no browser can be opened: " + IoWords.of(e, program), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("interrupted", e);
        }
    }

    private Path find() throws StartException {
        return Stream.of(environment.getOrDefault("PATH", "").split(":", -1)).filter(name -> name.startsWith("/"))
                .map(name -> Path.of(name, PROGRAM)).filter(Files::isExecutable).findFirst()
                .orElseThrow(() -> new StartException("there is no " + PROGRAM + " in PATH to open a browser with"));
    }

    /** Where it goes at the end of the session, if there is such a place; else where others cannot guess its name. */
    private Path write(String page) throws IOException {
        byte[] content = page.getBytes(StandardCharsets.UTF_8);
        Optional<Path> run = Optional.ofNullable(environment.get("XDG_RUNTIME_DIR"))
                .filter(name -> name.startsWith("/")).map(Path::of).filter(Files::isDirectory);
        if (run.isPresent()) {
            Path file = run.get().resolve(FILE + ".html");
            AtomicFiles.replace(file, content);
            return file;
        }
        return Files.write(Files.createTempFile(FILE, ".html"), content);
    }
}
