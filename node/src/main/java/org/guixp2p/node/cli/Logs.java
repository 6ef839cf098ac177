// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets how much is logged; {@code logback.xml} says how. */
final class Logs {
    private Logs() {}

    /** Logs events of {@code level} and above. */
    static void setLevel(org.slf4j.event.Level level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.convertAnSLF4JLevel(level));
        }
    }

    /** The level that {@code -v} (once, or more often) asks for, unless the settings ask for more. */
    static org.slf4j.event.Level verbose(org.slf4j.event.Level configured, int times) {
        org.slf4j.event.Level asked = switch (times) {
            case 0 -> configured;
            case 1 -> org.slf4j.event.Level.DEBUG;
            default -> org.slf4j.event.Level.TRACE;
        };
        return asked.toInt() < configured.toInt() ? asked : configured;
    }
}
