// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.guixp2p.protocol.dht.AddressFamily;
import org.guixp2p.protocol.item.NamePattern;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.slf4j.event.Level;

/**
 * Every setting of a node, checked. The names are those of docs/configuration.md, grouped by who needs them.
 *
 * @param api where the REST API listens; empty when it is off
 * @param gateway where any Guix is answered like by a substitute server; empty when it is off
 */
public record NodeConfig(Substitutes substitutes, Seeding seeding, Network network, Transfers transfers, Files files,
        Bridge bridge, Optional<HostAndPort> api, Optional<HostAndPort> gateway, Nearby nearby, Level logLevel) {
    /** Without substitute servers nearby. */
    public NodeConfig(Substitutes substitutes, Seeding seeding, Network network, Transfers transfers, Files files,
            Bridge bridge, Optional<HostAndPort> api, Optional<HostAndPort> gateway, Level logLevel) {
        this(substitutes, seeding, network, transfers, files, bridge, api, gateway, Nearby.NOTHING, logLevel);
    }

    /** Without a gateway. */
    public NodeConfig(Substitutes substitutes, Seeding seeding, Network network, Transfers transfers, Files files,
            Bridge bridge, Optional<HostAndPort> api, Level logLevel) {
        this(substitutes, seeding, network, transfers, files, bridge, api, Optional.empty(), logLevel);
    }

    /** Which DHT is used: whoever is in one can be asked by the world, so that without it there is none. */
    public DhtMode dhtMode() {
        return seeding.share() == Share.WORLD ? network.dht().mode() : DhtMode.OFF;
    }

    /** Whether a router is asked for a port: the world is to connect, and nobody says that it can already. */
    public boolean mapsPort() {
        return network.portMapping() && seeding.share() == Share.WORLD && network.external().isEmpty();
    }

    /**
     * Where substitutes and their metadata come from.
     *
     * @param urls substitute servers, http or https, without a slash at the end
     * @param minProviders with fewer providers than these the policy goes on as if there were none; at least 1
     * @param prefetch what is fetched before it is asked for
     * @param aclPath Guix's ACL: the keys whose signature makes a narinfo count
     */
    public record Substitutes(SubstitutePolicy policy, List<URI> urls, int minProviders, Prefetch prefetch,
            Path aclPath) {
        public Substitutes {
            urls = List.copyOf(urls);
        }

        /** With everything fetched ahead that can be. */
        public Substitutes(SubstitutePolicy policy, List<URI> urls, int minProviders, Path aclPath) {
            this(policy, urls, minProviders, Prefetch.FULL, aclPath);
        }
    }

    /**
     * What is offered, and to whom.
     *
     * @param publicKeys what one of these keys has signed is public
     * @param paths items to offer besides downloads, public because the user names them
     * @param quota for the downloads that are kept
     */
    public record Seeding(Share share, List<PublicKeySource> publicKeys, List<StorePath> paths, AutoSeed downloads,
            SeedQuota quota, Store store) {
        public Seeding {
            publicKeys = List.copyOf(publicKeys);
            paths = List.copyOf(paths);
        }

        /** With the quota that users have who set none, and without anything of the store but {@code paths}. */
        public Seeding(Share share, List<PublicKeySource> publicKeys, List<StorePath> paths, AutoSeed downloads) {
            this(share, publicKeys, paths, downloads, SeedQuota.USUAL, Store.NOTHING);
        }

        /** Whether the store is looked at: for nobody to give it to, nobody is asked about it either. */
        public boolean seedsStore() {
            return share != Share.OFF && store.which() != SeedStore.OFF;
        }
    }

    /**
     * What of the store is offered without being named.
     *
     * @param first names of those that are offered before others
     * @param never names of those that are not offered, and that no server is asked about
     */
    public record Store(SeedStore which, List<NamePattern> first, List<NamePattern> never) {
        /** None of it. */
        public static final Store NOTHING = new Store(SeedStore.OFF, List.of(), List.of());

        public Store {
            first = List.copyOf(first);
            never = List.copyOf(never);
        }

        /** Whether an item is offered before others, and kept for longer. */
        public boolean comesFirst(StorePath path) {
            return first.stream().anyMatch(pattern -> pattern.matches(path));
        }

        /** Whether no server is to hear of an item from this node of its own accord. */
        public boolean keepsBack(StorePath path) {
            return never.stream().anyMatch(pattern -> pattern.matches(path));
        }
    }

    /**
     * How peers are met.
     *
     * @param listen at least one; a wildcard address of either family takes connections of both
     * @param external addresses to tell others, where they differ from those listened on
     * @param portMapping whether the router is asked to let the world in
     * @param maxLight sessions that only exchange inventories, besides
     * @param lan whether peers are looked for on the networks nearby
     */
    public record Network(List<HostAndPort> listen, List<HostAndPort> external, List<PeerAddress> bootstrap,
            boolean portMapping, int maxPeers, int maxLight, boolean lan, Dht dht) {
        /** What {@link #maxLight} is unless somebody sets it. */
        public static final int LIGHT = 1000;

        public Network {
            listen = List.copyOf(listen);
            external = List.copyOf(external);
            bootstrap = List.copyOf(bootstrap);
        }

        /**
         * The port of the first external address of a family. A name counts for both, as nobody asks for it here.
         *
         * @param external as {@link #external}
         */
        public static OptionalInt externalPort(List<HostAndPort> external, AddressFamily family) {
            return external.stream().filter(address -> isOf(family, address.host())).mapToInt(HostAndPort::port)
                    .findFirst();
        }

        private static boolean isOf(AddressFamily family, String host) {
            try {
                return AddressFamily.of(InetAddress.ofLiteral(host)) == family;
            } catch (IllegalArgumentException e) {
                return true;
            }
        }

        /** With peers on the networks nearby, and without a DHT or a router. */
        public Network(List<HostAndPort> listen, List<HostAndPort> external, List<PeerAddress> bootstrap,
                int maxPeers) {
            this(listen, external, bootstrap, false, maxPeers, LIGHT, true, new Dht(DhtMode.OFF, List.of(), Dht.RATE));
        }
    }

    /**
     * The DHT, where there is one: that is {@link NodeConfig#dhtMode} to say.
     *
     * @param routers nodes by which it is joined
     * @param announceRate messages a second and address family that announcing may cost, positive
     */
    public record Dht(DhtMode mode, List<HostAndPort> routers, int announceRate) {
        /** What {@link #announceRate} is unless somebody sets it: docs/dht.md has the reckoning. */
        public static final int RATE = 100;

        public Dht {
            routers = List.copyOf(routers);
        }
    }

    /**
     * Substitute servers on networks nearby.
     *
     * @param advertise whether the gateway is announced to them
     * @param discover whether those that others announce are asked for substitutes
     */
    public record Nearby(boolean advertise, boolean discover) {
        /** Neither. */
        public static final Nearby NOTHING = new Nearby(false, false);
    }

    /**
     * Bounds on what is on its way.
     *
     * @param requestTimeout for one question to one peer or server
     * @param stallTimeout without a byte for this long, a download looks elsewhere
     * @param maxPeersPerDownload at least 1
     * @param rates at the start; they may be changed while the node runs
     */
    public record Transfers(Duration requestTimeout, Duration stallTimeout, int maxPeersPerDownload, Rates rates) {
        /** With bounds for all peers together only. */
        public Transfers(Duration requestTimeout, Duration stallTimeout, int maxPeersPerDownload, ByteRate maxUpload,
                ByteRate maxDownload) {
            this(requestTimeout, stallTimeout, maxPeersPerDownload,
                    new Rates(maxUpload, maxDownload, ByteRate.UNLIMITED, ByteRate.UNLIMITED));
        }
    }

    /**
     * Where things lie; all absolute.
     *
     * @param storeRoot stands before {@code /gnu/store} when items are read; {@code /} unless a test says otherwise
     */
    public record Files(Path cacheDir, Path stateDir, Path storeRoot) {
        /** Where this item is read. */
        public Path locate(StorePath item) {
            return storeRoot.resolve(item.path().substring(1));
        }

        /** Guix's database of what is in the store. */
        public Path database() {
            return storeRoot.resolve("var/guix/db/db.sqlite");
        }

        /** The node's private key. */
        public Path identity() {
            return stateDir.resolve("identity");
        }
    }

    /**
     * The socket of {@code guix-daemon}'s substituter.
     *
     * @param socketPath at most 106 bytes, as the JDK wants it
     * @param socketGroup whose members may connect besides the node's user and root
     */
    public record Bridge(Path socketPath, Optional<String> socketGroup, Fallback fallback) {}
}
