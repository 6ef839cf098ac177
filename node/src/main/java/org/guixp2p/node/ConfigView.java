// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.guixp2p.node.config.NodeConfig;
import org.guixp2p.node.config.PublicKeySource;
import org.guixp2p.node.config.Rates;
import org.guixp2p.node.config.Switch;
import org.guixp2p.node.config.Words;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.jspecify.annotations.Nullable;

/**
 * The settings in effect by the names of docs/configuration.md, as other users of the machine may see them: none is a secret, as the address of a
 * server may have no password (its key is a file). What is never offered is left out: it names what somebody wants nobody to hear of.
 */
final class ConfigView {
    private ConfigView() {}

    /** Texts, numbers, lists of texts, or null for what is off. Rates are those of the start. */
    static Map<String, @Nullable Object> of(NodeConfig config) {
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        NodeConfig.Substitutes substitutes = config.substitutes();
        settings.put("substitute_policy", Words.of(substitutes.policy()));
        settings.put("substitute_urls", texts(substitutes.urls()));
        settings.put("min_providers", substitutes.minProviders());
        settings.put("prefetch", Words.of(substitutes.prefetch()));
        settings.put("acl_path", substitutes.aclPath().toString());
        settings.put("fallback", Words.of(config.bridge().fallback()));
        NodeConfig.Seeding seeding = config.seeding();
        settings.put("share", Words.of(seeding.share()));
        settings.put("public_keys", seeding.publicKeys().stream().map(ConfigView::text).toList());
        settings.put("seed_paths", seeding.paths().stream().map(path -> path.path()).toList());
        settings.put("seed_store", Words.of(seeding.store().which()));
        settings.put("seed_patterns", texts(seeding.store().first()));
        settings.put("auto_seed_downloads", Words.of(seeding.downloads()));
        settings.put("seed_quota", seeding.quota().most().bytes());
        settings.put("seed_disk_share", seeding.quota().diskShare());
        network(settings, config.network(), config);
        transfers(settings, config.transfers());
        settings.put("cache_dir", config.files().cacheDir().toString());
        settings.put("state_dir", config.files().stateDir().toString());
        settings.put("store_root", config.files().storeRoot().toString());
        settings.put("socket_path", config.bridge().socketPath().toString());
        settings.put("socket_group", config.bridge().socketGroup().orElse(null));
        settings.put("api_bind", config.api().map(HostAndPort::toString).orElse(null));
        settings.put("gateway_bind", config.gateway().map(HostAndPort::toString).orElse(null));
        settings.put("advertise", word(config.nearby().advertise()));
        settings.put("discover", word(config.nearby().discover()));
        settings.put("log_level", Words.of(config.logLevel()));
        return settings;
    }

    private static void network(Map<String, @Nullable Object> settings, NodeConfig.Network network, NodeConfig config) {
        settings.put("listen_address", texts(network.listen()));
        settings.put("external_addresses", texts(network.external()));
        settings.put("port_mapping", word(network.portMapping()));
        settings.put("bootstrap_peers", texts(network.bootstrap()));
        settings.put("dht", Words.of(config.dhtMode()));
        settings.put("dht_routers", texts(network.dht().routers()));
        settings.put("dht_announce_rate", network.dht().announceRate());
        settings.put("max_total_peers", network.maxPeers());
        settings.put("max_light_sessions", network.maxLight());
        settings.put("lan", word(network.lan()));
    }

    private static void transfers(Map<String, @Nullable Object> settings, NodeConfig.Transfers transfers) {
        settings.put("max_peers_per_download", transfers.maxPeersPerDownload());
        settings.putAll(rates(transfers.rates()));
        settings.put("request_timeout", transfers.requestTimeout().toMillis() + " ms");
        settings.put("stall_timeout", transfers.stallTimeout().toMillis() + " ms");
    }

    /** What can be changed while a node runs. */
    static Map<String, @Nullable Object> rates(Rates rates) {
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        settings.put("max_upload_rate", rates.upload().bytesPerSecond());
        settings.put("max_download_rate", rates.download().bytesPerSecond());
        settings.put("max_upload_rate_per_peer", rates.uploadPerPeer().bytesPerSecond());
        settings.put("max_download_rate_per_peer", rates.downloadPerPeer().bytesPerSecond());
        return settings;
    }

    private static String word(boolean on) {
        return Words.of(on ? Switch.ON : Switch.OFF);
    }

    private static List<String> texts(Collection<?> all) {
        return all.stream().map(Object::toString).toList();
    }

    private static String text(PublicKeySource key) {
        return switch (key) {
            case PublicKeySource.Shipped _ -> "guix";
            case PublicKeySource.KeyFile(var path) -> path.toString();
            case PublicKeySource.Inline(var sexp) -> sexp;
        };
    }
}
