// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.swarm;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Reads along what the swarm logs. */
final class LogWatch implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 10_000;

    private final Logger logger = (Logger) LoggerFactory.getLogger("org.guixp2p.node.swarm");
    private final List<ILoggingEvent> events = new ArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            synchronized (events) {
                events.add(event);
                events.notifyAll();
            }
        }
    };

    LogWatch() {
        appender.setContext(logger.getLoggerContext());
        appender.start();
        logger.addAppender(appender);
        logger.setLevel(Level.INFO);
    }

    /** Waits for a line with these parts, and gives it. */
    String await(String... parts) {
        String line = find(PATIENCE_MILLIS, parts);
        if (line == null) {
            throw new AssertionError("no line with " + List.of(parts) + " among " + lines());
        }
        return line;
    }

    /** Whether a line with this part is there, or comes so soon. */
    boolean within(Duration time, String part) {
        return find(time.toMillis(), part) != null;
    }

    private @Nullable String find(long millis, String... parts) {
        long until = System.nanoTime() + millis * 1_000_000;
        synchronized (events) {
            while (true) {
                for (String line : lines()) {
                    if (List.of(parts).stream().allMatch(line::contains)) {
                        return line;
                    }
                }
                long left = (until - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return null;
                }
                try {
                    events.wait(left);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    private List<String> lines() {
        synchronized (events) {
            return events.stream().map(ILoggingEvent::getFormattedMessage).toList();
        }
    }

    /** How many lines hold this so far. */
    long count(String part) {
        synchronized (events) {
            return events.stream().filter(event -> event.getFormattedMessage().contains(part)).count();
        }
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        appender.stop();
    }
}
