// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.Map;

/** One line of JSON for programs. */
final class Json {
    private Json() {}

    /** An object of texts, numbers, booleans, lists and maps of such; its keys are sorted. */
    static String object(Map<String, ?> members) {
        return ConfigValueFactory.fromMap(members).render(ConfigRenderOptions.concise());
    }
}
