// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.Locale;

/** The names of the types of events, each made once: they are asked for with every event and every reader. */
final class EventTypes {
    private static final ClassValue<String> NAMES = new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> kind) {
            return kind.getSimpleName().replaceAll("(?<=.)([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        }
    };

    private EventTypes() {}

    static String nameOf(Class<?> kind) {
        return NAMES.get(kind);
    }
}
