// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.guixp2p.node.config.Amounts;
import org.guixp2p.protocol.FormatException;

/** What an event has to do with, on one line. Its type stands before it; a later node may tell of what is not known here. */
final class EventWords {
    /** What matters most comes first. */
    private static final List<String> MEMBERS = List.of("storePath", "narHash", "peerId", "address", "server", "source",
            "agent", "phase", "how", "providers", "keptBy", "blocks", "narBytes", "bytes", "omitted", "count",
            "minutes", "seconds", "reason");
    private static final int SHORT = 10;

    private EventWords() {}

    static String of(Config event) {
        return MEMBERS.stream().filter(event::hasPath)
                .filter(name -> !name.equals("narHash") || !event.hasPath("storePath"))
                .map(name -> word(name, event)).collect(Collectors.joining("  "));
    }

    private static String word(String name, Config event) {
        String text = FormatException.printable(event.getString(name));
        return switch (name) {
            case "storePath" -> Sample.itemName(text);
            case "narHash" -> shortened(text.substring(text.indexOf(':') + 1));
            case "peerId" -> shortened(text);
            case "source" -> text.contains("/") ? text : shortened(text);
            case "narBytes", "bytes" -> Amounts.bytes(event.getDouble(name));
            case "seconds" -> String.format(Locale.ROOT, "%.1f s", event.getDouble(name));
            case "providers", "blocks", "minutes" -> text + " " + name;
            case "keptBy" -> "kept by " + text;
            default -> text;
        };
    }

    private static String shortened(String id) {
        return id.length() > SHORT + 1 ? id.substring(0, SHORT) + "…" : id;
    }
}
