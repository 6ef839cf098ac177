// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The texts that settings come from, in the order of the layers: to say where a fault is as people look for it. */
final class ConfigSources {
    private static final Pattern LINE = Pattern.compile(":([0-9]{1,9})$");
    private static final Pattern KEY = Pattern.compile("^\\s*\"?([A-Za-z0-9_-]+)\"?\\s*(?:\\+?=|:|\\{)");
    private static final Pattern SEPARATOR = Pattern.compile("[=:{]");

    private final Map<String, String> texts = new LinkedHashMap<>();

    void add(String name, String text) {
        texts.merge(name, text, (before, now) -> now.isEmpty() ? before : now);
    }

    void addFile(Path file) {
        try {
            add(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            add(file.toString(), ""); // whoever parses it says why
        }
    }

    /**
     * The key that a fault is about of which only the place is known: the one that the line begins with, or an earlier one
     * whose value reaches there.
     *
     * @return empty when no key begins there
     */
    String keyAt(String place) {
        List<String> lines = texts.getOrDefault(name(place), "").lines().toList();
        for (int at = Math.min(line(place), lines.size()) - 1; at >= 0; at--) {
            Matcher key = KEY.matcher(lines.get(at));
            if (key.find()) {
                return key.group(1);
            }
            if (SEPARATOR.matcher(lines.get(at)).find()) {
                return "";
            }
        }
        return "";
    }

    /** Each fault once, as whoever reads the files from the top comes upon them, then the options'. */
    List<ConfigFault> inOrder(List<ConfigFault> faults) {
        List<String> names = List.copyOf(texts.keySet());
        return faults.stream().distinct().sorted(Comparator.comparingInt((ConfigFault fault) -> {
            int layer = names.indexOf(name(fault.place()));
            return layer < 0 ? names.size() : layer;
        }).thenComparingInt(fault -> line(fault.place()))).toList();
    }

    private String name(String place) {
        return texts.containsKey(place) ? place : LINE.matcher(place).replaceFirst("");
    }

    private int line(String place) {
        Matcher line = LINE.matcher(place);
        return !texts.containsKey(place) && line.find() ? Integer.parseInt(line.group(1)) : 0;
    }
}
