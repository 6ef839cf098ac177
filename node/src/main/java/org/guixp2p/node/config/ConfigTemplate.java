// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.Map;
import java.util.Objects;

/** A file of settings to begin with: every key with its default and what it does, and one that somebody chose. */
public final class ConfigTemplate {
    /** What each key does, in one line of at most 118 characters. */
    static final Map<String, String> PURPOSES = Map.ofEntries(
            Map.entry("substitute_policy", "Where NARs come from: p2p-only, p2p-first or http-first."),
            Map.entry("substitute_urls", "The substitute servers: for signed metadata, and by the policy for NARs."),
            Map.entry("min_providers",
                    "With fewer peers than these that have a NAR, the policy goes on to the servers."),
            Map.entry("prefetch", "What is fetched before it is asked for: off, metadata or full (NARs too)."),
            Map.entry("acl_path", "Guix's list of the keys whose signature makes a narinfo count."),
            Map.entry("fallback",
                    "What guix-daemon's substituter does without a node: builtin or none (the default of p2p-only)."),
            Map.entry("share", "Who is offered what this node has: off, lan or world."),
            Map.entry("public_keys",
                    "What one of these keys has signed is public, and only that is shown to strangers."),
            Map.entry("seed_paths", "Store items to offer besides what was downloaded; they count as public."),
            Map.entry("seed_store", "Which other items of the store are offered: off, public or all."),
            Map.entry("seed_patterns", "Names of store items to offer before others, such as icecat-*."),
            Map.entry("never_seed_patterns",
                    "Names of store items not to offer or keep, nor to ask servers about, such as secret-*."),
            Map.entry("auto_seed_downloads", "Which downloads are kept and, when public, offered: off, p2p or all."),
            Map.entry("seed_quota", "What kept NARs may take of the disk, in bytes, such as 20 GiB; 0 is no limit."),
            Map.entry("seed_disk_share",
                    "What share they may take of what would be free without them: more than 0, 1 at most."),
            Map.entry("listen_address", "Where peers connect, each HOST:PORT."),
            Map.entry("external_addresses", "Addresses at which others reach this node, where they differ: HOST:PORT."),
            Map.entry("port_mapping", "Whether the router is asked to let others in, when share = world: on or off."),
            Map.entry("bootstrap_peers", "Peers to connect to at the start, each guixp2p://PEER-ID@HOST:PORT."),
            Map.entry("dht", "Where providers are looked for when share = world: mainline, private or off."),
            Map.entry("dht_routers",
                    "Nodes by which the DHT is joined, each HOST:PORT; of a private one there are none."),
            Map.entry("dht_announce_rate", "Messages a second that announcing may cost in the DHT."),
            Map.entry("lan", "Whether peers on the networks nearby are looked for, and told of this node: on or off."),
            Map.entry("max_total_peers", "At most so many connections to peers."),
            Map.entry("max_light_sessions", "Besides, so many sessions that only tell each other what there is."),
            Map.entry("max_peers_per_download", "At most so many peers deliver one NAR at a time."),
            Map.entry("max_upload_rate", "Bytes per second to all peers together, such as 2 MiB; 0 is no limit."),
            Map.entry("max_download_rate", "Bytes per second from all peers and servers together."),
            Map.entry("max_upload_rate_per_peer", "Bytes per second to each peer."),
            Map.entry("max_download_rate_per_peer", "Bytes per second from each peer."),
            Map.entry("request_timeout", "How long one question to a peer or a server may take."),
            Map.entry("stall_timeout", "A download that has got no block for this long looks elsewhere."),
            Map.entry("cache_dir", "Narinfos, and what else can be had again."),
            Map.entry("state_dir", "The node's key, its NARs, and what it remembers of peers."),
            Map.entry("store_root", "A directory that stands before /gnu/store when store items are read."),
            Map.entry("socket_path", "Where guix-daemon's substituter finds the node."),
            Map.entry("socket_group", "Whose members may connect to that socket, besides the node's user and root."),
            Map.entry("api_bind", "Where the REST API listens: HOST:PORT, or off."),
            Map.entry("gateway_bind",
                    "Where any Guix is answered like by a substitute server: HOST:PORT, a port, on or off."),
            Map.entry("advertise", "Whether networks nearby are told of the gateway, as by guix publish: on or off."),
            Map.entry("discover",
                    "Whether servers on networks nearby, which then see what you install, are asked: on or off."),
            Map.entry("log_level", "What is logged: error, warn, info, debug or trace."));

    private static final String HEAD = """
            # Settings of the guix-p2p node. What stands behind '#' is the default; docs/configuration.md says more of each.
            # 'guix-p2p config check' says what is wrong, 'guix-p2p doctor' whether it works. Restart the node after a change.
            """;

    private ConfigTemplate() {}

    /** The text of the file, in HOCON: {@code share} is set, and everything else is a comment with the default. */
    public static String render(Surroundings surroundings, Share share) {
        Map<String, Object> defaults = ConfigKeys.defaults(surroundings, SubstitutePolicy.P2P_FIRST, DhtMode.MAINLINE);
        StringBuilder text = new StringBuilder(HEAD);
        for (String key : ConfigKeys.names()) {
            text.append("\n# ").append(Objects.requireNonNull(PURPOSES.get(key), key)).append('\n');
            if (key.equals(ConfigKeys.SHARE.name())) {
                text.append(key).append(" = ").append(json(Words.of(share)));
            } else {
                text.append('#').append(key).append(" = ").append(json(Objects.requireNonNull(defaults.get(key), key)));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String json(Object value) {
        return ConfigValueFactory.fromAnyRef(value).render(ConfigRenderOptions.concise());
    }
}
