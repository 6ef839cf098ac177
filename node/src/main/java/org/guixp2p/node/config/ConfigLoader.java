// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * Reads the layers of settings, later ones winning: defaults, the system's file, the user's file, the command line.
 */
public final class ConfigLoader {
    private static final String DEFAULT = "default";

    private final Surroundings surroundings;
    private final List<ConfigFault> faults = new ArrayList<>();
    private final ConfigSources sources = new ConfigSources();

    private ConfigLoader(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /**
     * The settings that are in effect.
     *
     * @param file stands in place of the system's and the user's file; then it must exist
     * @param overrides from the command line, the last one of a key winning
     * @throws ConfigException with every fault of every layer
     */
    public static LoadedConfig load(Surroundings surroundings, Optional<Path> file, List<ConfigOverride> overrides)
            throws ConfigException {
        ConfigLoader loader = new ConfigLoader(surroundings);
        List<ConfigObject> layers = new ArrayList<>();
        if (file.isPresent()) {
            layers.add(loader.parseFile(file.get()));
        } else {
            for (Path usual : List.of(surroundings.systemFile(), surroundings.userFile())) {
                if (Files.exists(usual)) {
                    layers.add(loader.parseFile(usual));
                }
            }
        }
        overrides.forEach(o -> loader.sources.add(o.option(), ""));
        overrides.stream().filter(o -> !o.adds()).forEach(o -> layers.add(loader.parseOverride(o)));
        return loader.merge(layers, overrides.stream().filter(ConfigOverride::adds).toList());
    }

    /**
     * The settings that a HOCON text makes, over the defaults; no file is read.
     *
     * @param name what messages call the text
     * @throws ConfigException with every fault
     */
    public static LoadedConfig parse(Surroundings surroundings, String name, String hocon) throws ConfigException {
        ConfigLoader loader = new ConfigLoader(surroundings);
        return loader.merge(List.of(loader.parseText(name, hocon)), List.of());
    }

    private ConfigObject parseFile(Path file) {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            String problem = Files.exists(file) ? "not a readable file" : "no such file";
            faults.add(new ConfigFault(file.toString(), "", problem));
            return emptyLayer();
        }
        sources.addFile(file);
        try {
            return ConfigFactory.parseFile(file.toFile(), options()).root();
        } catch (com.typesafe.config.ConfigException e) {
            faults.add(unreadable(file.toString(), e));
            return emptyLayer();
        }
    }

    private ConfigObject parseText(String name, String hocon) {
        sources.add(name, hocon);
        try {
            return ConfigFactory.parseString(hocon, options().setOriginDescription(name)).root();
        } catch (com.typesafe.config.ConfigException e) {
            faults.add(unreadable(name, e));
            return emptyLayer();
        }
    }

    private ConfigObject parseOverride(ConfigOverride override) {
        String value = override.value();
        if ((value.startsWith("[") && value.endsWith("]")) || value.startsWith("\"")) {
            return parseText(override.option(), ConfigUtil.quoteString(override.key()) + " = " + value);
        }
        return ConfigValueFactory.fromMap(Map.of(override.key(), value), override.option());
    }

    private static ConfigObject emptyLayer() {
        return ConfigFactory.empty().root();
    }

    private static ConfigParseOptions options() {
        return ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setAllowMissing(false);
    }

    /** The library's messages begin with the place and may run over several lines; both are put in our form. */
    private ConfigFault unreadable(String name, com.typesafe.config.ConfigException e) {
        String message = String.valueOf(e.getMessage());
        ConfigOrigin origin = e.origin();
        String place = name;
        if (origin != null) {
            place = ValueReaders.place(origin);
            String prefix = origin.description() + ": ";
            message = message.startsWith(prefix) ? message.substring(prefix.length()) : message;
        }
        return new ConfigFault(place, sources.keyAt(place), message.replaceAll("\\s*\\R\\s*", " "));
    }

    private LoadedConfig merge(List<ConfigObject> layers, List<ConfigOverride> additions) throws ConfigException {
        layers.forEach(this::refuseUnknownKeys);
        Config merged = ConfigFactory.empty();
        for (ConfigObject layer : layers) {
            merged = layer.toConfig().withFallback(merged);
        }
        Config given = resolve(merged);
        for (ConfigOverride addition : additions) {
            given = append(given, addition);
        }
        SubstitutePolicy policy = early(given, ConfigKeys.SUBSTITUTE_POLICY, SubstitutePolicy.P2P_FIRST);
        DhtMode dht = early(given, ConfigKeys.DHT, DhtMode.MAINLINE);
        ConfigObject all = given.withFallback(defaults(policy, dht)).root();
        NodeConfig config = new Reading(all).nodeConfig();
        refuseOneDirectory(config, all);
        refuseHiddenGateway(config, all);
        if (!faults.isEmpty()) {
            throw new ConfigException(sources.inOrder(faults));
        }
        return new LoadedConfig(config,
                ConfigKeys.names().stream().map(key -> LoadedConfig.Setting.of(key, value(all, key))).toList());
    }

    private static Config append(Config given, ConfigOverride addition) {
        List<ConfigValue> elements = new ArrayList<>();
        ConfigValue before = given.root().get(addition.key());
        if (before != null) {
            elements.addAll(ValueReaders.elements(before));
        }
        elements.add(ConfigValueFactory.fromAnyRef(addition.value(), addition.option()));
        return given.withValue(addition.key(), ConfigValueFactory.fromIterable(elements, addition.option()));
    }

    private void refuseUnknownKeys(ConfigObject layer) {
        List<String> known = ConfigKeys.names();
        layer.forEach((key, value) -> {
            if (!known.contains(key)) {
                String hint = NearestName.of(key, known).map(name -> "; did you mean '" + name + "'?").orElse("");
                faults.add(new ConfigFault(ValueReaders.place(value.origin()), key, "no such setting" + hint));
            }
        });
    }

    private Config resolve(Config merged) {
        try {
            ConfigObject environment = ConfigValueFactory.fromMap(surroundings.environment(), "environment");
            return merged.resolveWith(merged.withFallback(environment), ConfigResolveOptions.noSystem());
        } catch (com.typesafe.config.ConfigException e) {
            faults.add(unreadable("settings", e));
            return ConfigFactory.empty();
        }
    }

    /** Of the one all can be had again, and it may be emptied at any time; of the other nothing. */
    private void refuseOneDirectory(NodeConfig config, ConfigObject all) {
        if (config.files().stateDir().equals(config.files().cacheDir())) {
            String state = ConfigKeys.STATE_DIR.name();
            String place = ValueReaders.place(value(all, state).origin());
            if (place.equals(DEFAULT)) {
                place = ValueReaders.place(value(all, ConfigKeys.CACHE_DIR.name()).origin());
            }
            faults.add(new ConfigFault(place, state, "another directory than cache_dir expected, found '"
                    + config.files().stateDir() + "' for both"));
        }
    }

    /** Nobody is to be led to where he cannot connect. */
    private void refuseHiddenGateway(NodeConfig config, ConfigObject all) {
        if (config.nearby().advertise() && config.gateway().filter(ConfigLoader::isForOthers).isEmpty()) {
            String key = ConfigKeys.ADVERTISE.name();
            faults.add(new ConfigFault(ValueReaders.place(value(all, key).origin()), key,
                    "a gateway_bind that other machines can reach expected, such as \"0.0.0.0:8080\", found '"
                            + config.gateway().map(HostAndPort::toString).orElse("off") + "'"));
        }
    }

    /** What a name stands for is not known here. */
    private static boolean isForOthers(HostAndPort address) {
        try {
            return !InetAddress.ofLiteral(address.host()).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return !address.host().equalsIgnoreCase("localhost");
        }
    }

    /** A setting on which the defaults of others hang; {@code unset} when nobody set it. */
    private static <T> T early(Config given, ConfigKey<T> key, T unset) {
        ConfigValue value = given.root().get(key.name());
        try {
            return value == null ? unset : key.reader().read(key.name(), value);
        } catch (ConfigException e) {
            return unset; // read again, and then reported, with all the others
        }
    }

    private ConfigObject defaults(SubstitutePolicy policy, DhtMode dht) {
        return ConfigValueFactory.fromMap(ConfigKeys.defaults(surroundings, policy, dht), DEFAULT);
    }

    private static ConfigValue value(ConfigObject all, String key) {
        ConfigValue value = all.get(key);
        if (value == null) {
            throw new IllegalStateException("no default for " + key);
        }
        return value;
    }

    /** One pass over the merged settings: a faulty value is noted and stands in for by its default, to see the rest. */
    private final class Reading {
        private final ConfigObject all;
        private final ConfigObject defaults = defaults(SubstitutePolicy.P2P_FIRST, DhtMode.MAINLINE);

        Reading(ConfigObject all) {
            this.all = all;
        }

        <T> T read(ConfigKey<T> key) {
            try {
                return key.reader().read(key.name(), value(all, key.name()));
            } catch (ConfigException e) {
                faults.addAll(e.faults());
            }
            try {
                return key.reader().read(key.name(), value(defaults, key.name()));
            } catch (ConfigException e) {
                throw new IllegalStateException("the default of " + key.name() + " is wrong", e);
            }
        }

        NodeConfig nodeConfig() {
            return new NodeConfig(
                    new NodeConfig.Substitutes(read(ConfigKeys.SUBSTITUTE_POLICY), read(ConfigKeys.SUBSTITUTE_URLS),
                            read(ConfigKeys.MIN_PROVIDERS), read(ConfigKeys.PREFETCH),
                            read(ConfigKeys.ACL_PATH)),
                    new NodeConfig.Seeding(read(ConfigKeys.SHARE), read(ConfigKeys.PUBLIC_KEYS),
                            read(ConfigKeys.SEED_PATHS), read(ConfigKeys.AUTO_SEED_DOWNLOADS),
                            new SeedQuota(read(ConfigKeys.SEED_QUOTA), read(ConfigKeys.SEED_DISK_SHARE)),
                            new NodeConfig.Store(read(ConfigKeys.SEED_STORE), read(ConfigKeys.SEED_PATTERNS),
                                    read(ConfigKeys.NEVER_SEED_PATTERNS))),
                    new NodeConfig.Network(read(ConfigKeys.LISTEN_ADDRESS), read(ConfigKeys.EXTERNAL_ADDRESSES),
                            read(ConfigKeys.BOOTSTRAP_PEERS), read(ConfigKeys.PORT_MAPPING) == Switch.ON,
                            read(ConfigKeys.MAX_TOTAL_PEERS), read(ConfigKeys.MAX_LIGHT_SESSIONS),
                            read(ConfigKeys.LAN) == Switch.ON,
                            new NodeConfig.Dht(read(ConfigKeys.DHT), read(ConfigKeys.DHT_ROUTERS),
                                    read(ConfigKeys.DHT_ANNOUNCE_RATE))),
                    new NodeConfig.Transfers(read(ConfigKeys.REQUEST_TIMEOUT), read(ConfigKeys.STALL_TIMEOUT),
                            read(ConfigKeys.MAX_PEERS_PER_DOWNLOAD), new Rates(
                                    read(ConfigKeys.MAX_UPLOAD_RATE), read(ConfigKeys.MAX_DOWNLOAD_RATE),
                                    read(ConfigKeys.MAX_UPLOAD_RATE_PER_PEER),
                                    read(ConfigKeys.MAX_DOWNLOAD_RATE_PER_PEER))),
                    new NodeConfig.Files(read(ConfigKeys.CACHE_DIR), read(ConfigKeys.STATE_DIR),
                            read(ConfigKeys.STORE_ROOT)),
                    new NodeConfig.Bridge(read(ConfigKeys.SOCKET_PATH), read(ConfigKeys.SOCKET_GROUP),
                            read(ConfigKeys.FALLBACK)),
                    read(ConfigKeys.API_BIND), read(ConfigKeys.GATEWAY_BIND),
                    new NodeConfig.Nearby(read(ConfigKeys.ADVERTISE) == Switch.ON,
                            read(ConfigKeys.DISCOVER) == Switch.ON),
                    read(ConfigKeys.LOG_LEVEL));
        }
    }
}
