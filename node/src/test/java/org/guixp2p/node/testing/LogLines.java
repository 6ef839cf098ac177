// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.testing;

import static org.junit.jupiter.api.Assertions.fail;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** What is logged while it is open. */
public final class LogLines extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final long DEADLINE_SECONDS = 20;

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    public LogLines() {
        setContext(root.getLoggerContext());
        start();
        root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.add(event.getFormattedMessage());
    }

    /** Waits for a line that contains {@code part}, and returns it; lines before it are gone then. */
    public String await(String part) throws InterruptedException {
        List<String> others = new ArrayList<>();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (true) {
            String line = lines.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                return fail("nothing was logged with '" + part + "', but " + others);
            }
            if (line.contains(part)) {
                return line;
            }
            others.add(line);
        }
    }

    /** How many lines that came so far contain {@code part}. */
    public long count(String part) {
        return lines.stream().filter(line -> line.contains(part)).count();
    }

    @Override
    public void close() {
        root.detachAppender(this);
        stop();
    }
}
