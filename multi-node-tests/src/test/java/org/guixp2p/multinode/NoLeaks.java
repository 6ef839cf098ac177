// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves something behind when all its nodes have ended: a thread, platform or virtual (with a node's actor
 * system its threads end, so an actor that is left shows here too), a socket or file that is open, or a process. What a running
 * node leaves is {@link World#close}'s to find.
 */
final class NoLeaks implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(NoLeaks.class);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final Pattern VIRTUAL = Pattern.compile("^#(\\d+) \"([^\"]*)\" virtual", Pattern.MULTILINE);
    /** Threads of the JDK and of Scala that serve the whole process, and end when nobody has used them for a while. */
    private static final Pattern OF_THE_JDK = Pattern.compile("ForkJoinPool.*|CompletableFutureDelayScheduler"
            + "|VirtualThread-unblocker|.*-Poller|MasterPoller|SubPoller-\\d+|scala-execution-context-global-\\d+"
            + "|Common-Cleaner|Cleaner-.*|process reaper.*|Attach Listener|C[12] CompilerThread.*|Keep-Alive-Timer"
            + "|junit-.*|HttpClient-\\d+-SelectorManager");
    private static final Pattern LIBRARY = Pattern.compile("(.*\\.(jar|so|class)|/dev/.*|/proc/.*|/usr/.*|.*/modules)");

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        // The JDK keeps one for itself from the first that is opened on.
        SocketChannel.open().close();
        context.getStore(NAMESPACE).put("before", present());
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        Map<?, ?> before = context.getStore(NAMESPACE).get("before", Map.class);
        long until = System.nanoTime() + PATIENCE_NANOS;
        Map<String, String> left = left(before);
        while (!left.isEmpty()) {
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("left behind: " + left.values());
            }
            LockSupport.parkNanos(AGAIN_NANOS);
            left = left(before);
        }
    }

    private static Map<String, String> left(Map<?, ?> before) throws IOException {
        Map<String, String> left = present();
        left.keySet().removeIf(before::containsKey);
        return left;
    }

    /** What there is, by what tells it from everything else that there was. */
    static Map<String, String> present() throws IOException {
        Map<String, String> all = new TreeMap<>();
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            if (!OF_THE_JDK.matcher(thread.getName()).matches()) {
                all.put("thread " + thread.threadId(), "thread " + thread.getName());
            }
        });
        virtualThreads(all);
        openFiles(all);
        ProcessHandle.current().children().filter(ProcessHandle::isAlive)
                .forEach(child -> all.put("process " + child.pid(), "process " + child.pid()));
        return all;
    }

    private static void virtualThreads(Map<String, String> all) throws IOException {
        Path directory = Files.createTempDirectory("threads");
        Path dump = directory.resolve("dump");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpThreads(dump.toString(),
                    HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
            Matcher virtual = VIRTUAL.matcher(Files.readString(dump));
            while (virtual.find()) {
                if (!OF_THE_JDK.matcher(virtual.group(2)).matches()) {
                    all.put("thread " + virtual.group(1), "virtual thread " + virtual.group(2));
                }
            }
        } finally {
            Files.deleteIfExists(dump);
            Files.delete(directory);
        }
    }

    private static void openFiles(Map<String, String> all) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            descriptors.forEach(descriptor -> {
                try {
                    String file = Files.readSymbolicLink(descriptor).toString();
                    if (file.startsWith("socket:") || (file.startsWith("/") && !LIBRARY.matcher(file).matches())) {
                        all.put("file " + file, file);
                    }
                } catch (IOException e) {
                    // It was closed meanwhile.
                }
            });
        }
    }
}
