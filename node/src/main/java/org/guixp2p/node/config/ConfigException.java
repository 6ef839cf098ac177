// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.util.List;
import java.util.stream.Collectors;

/** The settings are not usable, for at least one reason; the message has one line a fault. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<ConfigFault> faults;

    public ConfigException(List<ConfigFault> faults) {
        this.faults = List.copyOf(faults);
    }

    /** In the order of the layers, and within a file of the lines. */
    public List<ConfigFault> faults() {
        return faults;
    }

    @Override
    public String getMessage() {
        return faults.stream().map(ConfigFault::toString).collect(Collectors.joining("\n"));
    }
}
