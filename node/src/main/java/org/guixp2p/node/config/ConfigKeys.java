// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import static org.guixp2p.node.config.ValueReaders.absolutePath;
import static org.guixp2p.node.config.ValueReaders.atLeastOne;
import static org.guixp2p.node.config.ValueReaders.duration;
import static org.guixp2p.node.config.ValueReaders.fraction;
import static org.guixp2p.node.config.ValueReaders.group;
import static org.guixp2p.node.config.ValueReaders.integer;
import static org.guixp2p.node.config.ValueReaders.list;
import static org.guixp2p.node.config.ValueReaders.optional;
import static org.guixp2p.node.config.ValueReaders.orElse;
import static org.guixp2p.node.config.ValueReaders.orOff;
import static org.guixp2p.node.config.ValueReaders.parsed;
import static org.guixp2p.node.config.ValueReaders.publicKey;
import static org.guixp2p.node.config.ValueReaders.serverUrl;
import static org.guixp2p.node.config.ValueReaders.socketPath;
import static org.guixp2p.node.config.ValueReaders.word;
import static org.guixp2p.node.config.ValueReaders.words;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.item.NamePattern;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.slf4j.event.Level;

/** Every setting there is, in the order of docs/configuration.md. */
final class ConfigKeys {
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofHours(1);

    private static final String LOOPBACK = "127.0.0.1";
    private static final int PUBLISH_PORT = 8080;

    static final ConfigKey<SubstitutePolicy> SUBSTITUTE_POLICY = key("substitute_policy", word(SubstitutePolicy.class));
    static final ConfigKey<List<URI>> SUBSTITUTE_URLS = key("substitute_urls", words(serverUrl()));
    static final ConfigKey<Integer> MIN_PROVIDERS = key("min_providers", integer(1, 1000));
    static final ConfigKey<Prefetch> PREFETCH = key("prefetch", word(Prefetch.class));
    static final ConfigKey<Path> ACL_PATH = key("acl_path", absolutePath());
    static final ConfigKey<Fallback> FALLBACK = key("fallback", word(Fallback.class));
    static final ConfigKey<Share> SHARE = key("share", word(Share.class));
    static final ConfigKey<List<PublicKeySource>> PUBLIC_KEYS = key("public_keys", list(publicKey()));
    static final ConfigKey<List<StorePath>> SEED_PATHS = key("seed_paths",
            words(parsed("the path of a store item", StorePath::parse)));
    static final ConfigKey<SeedStore> SEED_STORE = key("seed_store", word(SeedStore.class));
    static final ConfigKey<List<NamePattern>> SEED_PATTERNS = key("seed_patterns",
            words(parsed("a pattern of names", NamePattern::parse)));
    static final ConfigKey<List<NamePattern>> NEVER_SEED_PATTERNS = key("never_seed_patterns",
            words(parsed("a pattern of names", NamePattern::parse)));
    static final ConfigKey<AutoSeed> AUTO_SEED_DOWNLOADS = key("auto_seed_downloads", word(AutoSeed.class));
    static final ConfigKey<ByteSize> SEED_QUOTA = key("seed_quota",
            parsed("a size such as '500M' or '20 GiB', or 0 for no bound,", ByteSize::parse));
    static final ConfigKey<Double> SEED_DISK_SHARE = key("seed_disk_share", fraction());
    static final ConfigKey<List<HostAndPort>> LISTEN_ADDRESS = key("listen_address",
            atLeastOne(words(parsed("HOST:PORT", HostAndPort::parse))));
    static final ConfigKey<List<HostAndPort>> EXTERNAL_ADDRESSES = key("external_addresses",
            words(parsed("HOST:PORT", ConfigKeys::reachable)));
    static final ConfigKey<Switch> PORT_MAPPING = key("port_mapping", word(Switch.class));
    static final ConfigKey<List<PeerAddress>> BOOTSTRAP_PEERS = key("bootstrap_peers",
            words(parsed("guixp2p://PEER-ID@HOST:PORT", PeerAddress::parse)));
    static final ConfigKey<DhtMode> DHT = key("dht", word(DhtMode.class));
    static final ConfigKey<List<HostAndPort>> DHT_ROUTERS = key("dht_routers",
            words(parsed("HOST:PORT", ConfigKeys::reachable)));
    static final ConfigKey<Integer> DHT_ANNOUNCE_RATE = key("dht_announce_rate", integer(1, 10_000));
    static final ConfigKey<Integer> MAX_TOTAL_PEERS = key("max_total_peers", integer(1, 10_000));
    static final ConfigKey<Integer> MAX_LIGHT_SESSIONS = key("max_light_sessions",
            integer(0, NodeConfig.Network.LIGHT));
    static final ConfigKey<Integer> MAX_PEERS_PER_DOWNLOAD = key("max_peers_per_download", integer(1, 1000));
    static final ConfigKey<ByteRate> MAX_UPLOAD_RATE = key("max_upload_rate",
            parsed("a rate such as '500K' or '10 MiB/s', or 0 for none,", ByteRate::parse));
    static final ConfigKey<ByteRate> MAX_DOWNLOAD_RATE = key("max_download_rate",
            parsed("a rate such as '500K' or '10 MiB/s', or 0 for none,", ByteRate::parse));
    static final ConfigKey<ByteRate> MAX_UPLOAD_RATE_PER_PEER = key("max_upload_rate_per_peer",
            parsed("a rate such as '500K' or '10 MiB/s', or 0 for none,", ByteRate::parse));
    static final ConfigKey<ByteRate> MAX_DOWNLOAD_RATE_PER_PEER = key("max_download_rate_per_peer",
            parsed("a rate such as '500K' or '10 MiB/s', or 0 for none,", ByteRate::parse));
    static final ConfigKey<Duration> REQUEST_TIMEOUT = key("request_timeout", duration(SHORTEST, LONGEST));
    static final ConfigKey<Duration> STALL_TIMEOUT = key("stall_timeout", duration(SHORTEST, LONGEST));
    static final ConfigKey<Path> CACHE_DIR = key("cache_dir", absolutePath());
    static final ConfigKey<Path> STATE_DIR = key("state_dir", absolutePath());
    static final ConfigKey<Path> STORE_ROOT = key("store_root", orElse(absolutePath(), Path.of("/")));
    static final ConfigKey<Path> SOCKET_PATH = key("socket_path", socketPath());
    static final ConfigKey<Optional<String>> SOCKET_GROUP = key("socket_group", optional(group()));
    static final ConfigKey<Optional<HostAndPort>> API_BIND = key("api_bind",
            orOff(parsed("HOST:PORT or 'off'", HostAndPort::parse)));
    static final ConfigKey<Optional<HostAndPort>> GATEWAY_BIND = key("gateway_bind",
            orOff(parsed("HOST:PORT, a port, 'on' or 'off'", ConfigKeys::gateway)));
    static final ConfigKey<Switch> ADVERTISE = key("advertise", word(Switch.class));
    static final ConfigKey<Switch> DISCOVER = key("discover", word(Switch.class));
    static final ConfigKey<Level> LOG_LEVEL = key("log_level", word(Level.class));
    static final ConfigKey<Switch> LAN = key("lan", word(Switch.class));

    /** All of them. */
    static final List<ConfigKey<?>> ALL = List.of(SUBSTITUTE_POLICY, SUBSTITUTE_URLS, MIN_PROVIDERS, PREFETCH, ACL_PATH,
            FALLBACK, SHARE, PUBLIC_KEYS, SEED_PATHS, SEED_STORE, SEED_PATTERNS, NEVER_SEED_PATTERNS,
            AUTO_SEED_DOWNLOADS,
            SEED_QUOTA, SEED_DISK_SHARE, LISTEN_ADDRESS, EXTERNAL_ADDRESSES, PORT_MAPPING,
            BOOTSTRAP_PEERS, DHT, DHT_ROUTERS, DHT_ANNOUNCE_RATE, MAX_TOTAL_PEERS, MAX_LIGHT_SESSIONS,
            MAX_PEERS_PER_DOWNLOAD, MAX_UPLOAD_RATE,
            MAX_DOWNLOAD_RATE, MAX_UPLOAD_RATE_PER_PEER,
            MAX_DOWNLOAD_RATE_PER_PEER, REQUEST_TIMEOUT, STALL_TIMEOUT, CACHE_DIR, STATE_DIR, STORE_ROOT, SOCKET_PATH,
            SOCKET_GROUP, API_BIND, GATEWAY_BIND, LOG_LEVEL, LAN, ADVERTISE, DISCOVER);

    private ConfigKeys() {}

    /**
     * The values of keys that nobody set, in HOCON's terms; the one of {@code fallback} hangs on the policy, and that of
     * {@code dht_routers} on the DHT.
     */
    static Map<String, Object> defaults(Surroundings surroundings, SubstitutePolicy policy, DhtMode dht) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put(SUBSTITUTE_POLICY.name(), "p2p-first");
        values.put(SUBSTITUTE_URLS.name(), List.of("https://bordeaux.guix.gnu.org", "https://ci.guix.gnu.org"));
        values.put(MIN_PROVIDERS.name(), 1);
        values.put(PREFETCH.name(), "full");
        values.put(ACL_PATH.name(), "/etc/guix/acl");
        values.put(FALLBACK.name(), switch (policy) {
            case P2P_ONLY -> "none";
            case P2P_FIRST, HTTP_FIRST -> "builtin";
        });
        values.put(SHARE.name(), "lan");
        values.put(PUBLIC_KEYS.name(), List.of("guix"));
        values.put(SEED_PATHS.name(), List.of());
        values.put(SEED_STORE.name(), "public");
        values.put(SEED_PATTERNS.name(), List.of());
        values.put(NEVER_SEED_PATTERNS.name(), List.of());
        values.put(AUTO_SEED_DOWNLOADS.name(), "p2p");
        values.put(SEED_QUOTA.name(), "20 GiB");
        values.put(SEED_DISK_SHARE.name(), SeedQuota.USUAL.diskShare());
        values.put(LISTEN_ADDRESS.name(), List.of("0.0.0.0:6881"));
        values.put(EXTERNAL_ADDRESSES.name(), List.of());
        values.put(PORT_MAPPING.name(), "on");
        values.put(BOOTSTRAP_PEERS.name(), List.of());
        values.put(DHT.name(), "mainline");
        values.put(DHT_ROUTERS.name(), dht == DhtMode.MAINLINE
                ? List.of("router.bittorrent.com:6881", "dht.transmissionbt.com:6881", "router.utorrent.com:6881")
                : List.of());
        values.put(DHT_ANNOUNCE_RATE.name(), NodeConfig.Dht.RATE);
        values.put(MAX_TOTAL_PEERS.name(), 50);
        values.put(MAX_LIGHT_SESSIONS.name(), NodeConfig.Network.LIGHT);
        values.put(MAX_PEERS_PER_DOWNLOAD.name(), 8);
        values.put(MAX_UPLOAD_RATE.name(), 0);
        values.put(MAX_DOWNLOAD_RATE.name(), 0);
        values.put(MAX_UPLOAD_RATE_PER_PEER.name(), 0);
        values.put(MAX_DOWNLOAD_RATE_PER_PEER.name(), 0);
        values.put(REQUEST_TIMEOUT.name(), "10 s");
        values.put(STALL_TIMEOUT.name(), "30 s");
        values.put(CACHE_DIR.name(), surroundings.defaultCacheDir().toString());
        values.put(STATE_DIR.name(), surroundings.defaultStateDir().toString());
        values.put(STORE_ROOT.name(), "");
        values.put(SOCKET_PATH.name(), surroundings.defaultSocketPath().toString());
        values.put(SOCKET_GROUP.name(), "");
        values.put(API_BIND.name(), "127.0.0.1:8090");
        values.put(GATEWAY_BIND.name(), "off");
        values.put(LOG_LEVEL.name(), "info");
        values.put(LAN.name(), "on");
        values.put(ADVERTISE.name(), "off");
        values.put(DISCOVER.name(), "off");
        return values;
    }

    /** The names of all settings. */
    static List<String> names() {
        return ALL.stream().<String>map(ConfigKey::name).toList();
    }

    private static HostAndPort reachable(String text) throws FormatException {
        HostAndPort address = HostAndPort.parse(text);
        if (address.port() == 0) {
            throw new FormatException("others cannot reach port 0: " + FormatException.quote(text));
        }
        return address;
    }

    /** Without a host only this machine is answered, without a port at that of {@code guix publish}. */
    private static HostAndPort gateway(String text) throws FormatException {
        if (text.equals("on")) {
            return new HostAndPort(LOOPBACK, PUBLISH_PORT);
        }
        return HostAndPort.parse(text.chars().allMatch(Character::isDigit) ? LOOPBACK + ":" + text : text);
    }

    private static <T> ConfigKey<T> key(String name, ValueReader<T> reader) {
        return new ConfigKey<>(name, reader);
    }
}
