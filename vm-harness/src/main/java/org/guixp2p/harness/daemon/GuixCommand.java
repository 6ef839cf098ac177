// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Guix's own command, whose {@code substitute} the daemon starts.
 *
 * @param words the command, to which arguments are added
 * @param environment what it needs besides, where it runs from the directory in which it was built
 * @param version what it says of itself, such as {@code 1.4.0}
 */
public record GuixCommand(List<String> words, Map<String, String> environment, String version) {
    private static final String NAMED_BY = "GUIX_P2P_BUILTIN";
    /** What Guix's {@code pre-inst-env} sets. */
    private static final List<String> UNINSTALLED = List.of("GUIX_UNINSTALLED", "GUILE_LOAD_PATH",
            "GUILE_LOAD_COMPILED_PATH", "GUILE_AUTO_COMPILE");
    private static final Pattern VERSION = Pattern.compile("\\(GNU Guix\\) (\\S{1,100})");
    private static final int MOST_OUTPUT = 4096;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    public GuixCommand {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
    }

    /**
     * Finds it: the words of {@code GUIX_P2P_BUILTIN}, by which it is named to the launcher too, or {@code guix} on {@code PATH}. It is
     * asked for its version, as what does not run should be known before anything is measured.
     *
     * @param inherited the environment of whoever looks for it
     * @throws NoGuixException when there is none, or it does not say which version it is
     */
    public static GuixCommand find(Map<String, String> inherited) throws NoGuixException, InterruptedException {
        return find(inherited, PATIENCE);
    }

    static GuixCommand find(Map<String, String> inherited, Duration patience)
            throws NoGuixException, InterruptedException {
        List<String> named = Stream.of(inherited.getOrDefault(NAMED_BY, "").split("[ \t]+", -1))
                .filter(word -> !word.isEmpty()).toList();
        List<String> words = named.isEmpty() ? List.of(onPath(inherited.getOrDefault("PATH", ""))) : named;
        Map<String, String> environment = new HashMap<>();
        for (String name : UNINSTALLED) {
            Optional.ofNullable(inherited.get(name)).ifPresent(value -> environment.put(name, value));
        }
        Map<String, String> whole = new HashMap<>(environment);
        whole.put("LC_ALL", "C.UTF-8");
        whole.put("PATH", inherited.getOrDefault("PATH", ""));
        return new GuixCommand(words, environment, askVersion(words, whole, patience));
    }

    private static String onPath(String path) throws NoGuixException {
        return Stream.of(path.split(File.pathSeparator, -1)).filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, "guix").toAbsolutePath())
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file)).map(Path::toString).findFirst()
                .orElseThrow(() -> new NoGuixException("no 'guix' is on PATH; " + NAMED_BY + " can name it"));
    }

    private static String askVersion(List<String> command, Map<String, String> environment, Duration patience)
            throws NoGuixException, InterruptedException {
        List<String> words = new ArrayList<>(command);
        words.add("--version");
        String line = "'" + String.join(" ", words) + "'";
        ProcessBuilder builder = new ProcessBuilder(words).directory(new File("/")).redirectErrorStream(true)
                .redirectInput(new File("/dev/null"));
        builder.environment().clear();
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            try (InputStream out = process.getInputStream()) {
                // More than a pipe holds is no answer, and not waited for either.
                if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new NoGuixException(line + " has not answered within " + patience.toMillis() + " ms");
                }
                String text = new String(out.readNBytes(Math.min(out.available(), MOST_OUTPUT)), UTF_8);
                Matcher version = VERSION.matcher(text);
                if (process.exitValue() != 0 || !version.find()) {
                    throw new NoGuixException(line + " ends with status " + process.exitValue() + " and says "
                            + text.lines().filter(each -> !each.isBlank()).findFirst().orElse("nothing"));
                }
                return version.group(1);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        } catch (NoGuixException e) {
            throw e;
        } catch (IOException e) {
            throw new NoGuixException(line + " cannot be started: " + e.getMessage(), e);
        }
    }
}
