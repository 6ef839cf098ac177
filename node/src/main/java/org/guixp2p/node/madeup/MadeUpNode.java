// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.madeup;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.guixp2p.api.BuildStatus;
import org.guixp2p.api.ConnectivityStatus;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.LimitsStatus;
import org.guixp2p.api.MirrorStatus;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.api.NodeStatus;
import org.guixp2p.api.NodeView;
import org.guixp2p.api.Page;
import org.guixp2p.api.PeerStatus;
import org.guixp2p.api.SeedStatus;
import org.guixp2p.api.ShareInfo;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.Version;
import org.jspecify.annotations.Nullable;

/** What a node would say of itself if there were one. Safe for several threads. */
public final class MadeUpNode implements NodeView {
    private static final int ID_DIGITS = 52;
    private static final int PEERS = 9;
    private static final int SEEDS = 34;
    private static final int AT_ONCE = 3;
    private static final int KEPT = 40;
    private static final int REFUSED = 8;
    private static final int BLOCK = 256 * 1024;
    private static final long SMALL = 6L << 20;
    private static final long LARGE = 220L << 20;
    private static final double BUSY = 2.4e6;
    private static final long NUMBERS_A_MILLISECOND = 1000;
    private static final List<String> AGENTS = List.of("guix-p2p/0.1.0", "guix-p2p/0.1.0", "guix-p2p/0.2.0-rc1");

    private final InstantSource clock;
    private final RandomGenerator random;
    private final Instant start;
    private final String self;
    private final MadeUpEvents events;
    private final List<MadeUpPeer> peers = new ArrayList<>();
    private final List<MadeUpDownload> running = new ArrayList<>();
    private final Deque<MadeUpDownload> ended = new ArrayDeque<>();
    private final Deque<BuildStatus> refused = new ArrayDeque<>();
    private final List<MadeUpItem> seeds = new ArrayList<>();
    private final Map<String, Long> served = new LinkedHashMap<>();
    private long downloads;
    private long receivedBytes;
    private long givenBytes;

    /**
     * One that has just begun.
     *
     * @param random decides what happens
     */
    public MadeUpNode(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
        this.start = clock.instant();
        this.self = MadeUpItem.digits(random, ID_DIGITS);
        this.events = new MadeUpEvents(start.toEpochMilli() * NUMBERS_A_MILLISECOND);
        for (int peer = 0; peer < PEERS; peer++) {
            meet(peer);
        }
        for (int seed = 0; seed < SEEDS; seed++) {
            seeds.add(MadeUpItem.any(random, 1 << 16, LARGE));
        }
    }

    private void meet(int number) {
        String address = number % 3 == 0
                ? "[2001:db8:" + Integer.toHexString(0x1000 + random.nextInt(0xE000)) + "::" + (1 + number) + "]:6881"
                : "198.51.100." + (1 + random.nextInt(250)) + ":"
                        + (number % 2 == 0 ? 6881 : 40_000 + random.nextInt(9000));
        MadeUpPeer peer = new MadeUpPeer(MadeUpItem.digits(random, ID_DIGITS), address,
                AGENTS.get(random.nextInt(AGENTS.size())), BUSY * random.nextDouble(), random);
        peers.add(peer);
        peers.sort(Comparator.comparing(MadeUpPeer::id));
        say(new NodeEvent.PeerConnected(peer.id(), peer.address(), peer.agent(), peer.inbound(), false));
    }

    private void say(NodeEvent event) {
        events.publish(clock.instant(), event);
    }

    /** Lets so many seconds pass. */
    public synchronized void pass(double seconds) {
        if (running.size() < AT_ONCE && random.nextInt(8) == 0) {
            begin();
        }
        List.copyOf(running).forEach(download -> goOn(download, seconds));
        give(seconds);
        if (random.nextInt(80) == 0) {
            refuse();
        }
        if (random.nextInt(160) == 0) {
            MadeUpPeer gone = peers.remove(random.nextInt(peers.size()));
            say(new NodeEvent.PeerLost(gone.id(), gone.address(), "it said goodbye: shutdown"));
            meet(random.nextInt(PEERS));
        }
    }

    private void begin() {
        MadeUpItem item = MadeUpItem.any(random, SMALL, LARGE);
        boolean nobody = random.nextInt(9) == 0;
        List<MadeUpPeer> having = nobody ? List.of() : peers.stream().filter(_ -> random.nextInt(3) > 0).toList();
        MadeUpDownload download = new MadeUpDownload(++downloads, item, clock.instant(), having);
        running.add(download);
        say(new NodeEvent.BuildSeen(item.storePath(), item.narHash()));
        say(new NodeEvent.MetadataTrusted(item.storePath(), item.narHash(), "https://substitutes.example"));
        say(new NodeEvent.DownloadStarted(download.id(), item.storePath(), item.narHash(), item.narBytes()));
        say(new NodeEvent.LookupStarted(item.narHash()));
        say(new NodeEvent.LookupEnded(item.narHash(), having.isEmpty() ? "exhausted" : "enough", having.size(),
                0.1 + random.nextDouble()));
    }

    /** Whoever asked builds it instead. */
    private void refuse() {
        refused.addFirst(MadeUpItem.any(random, SMALL, LARGE).refused(++downloads, clock.instant(),
                random.nextDouble(), random.nextBoolean()));
        if (refused.size() > REFUSED) {
            refused.removeLast();
        }
    }

    private void goOn(MadeUpDownload download, double seconds) {
        String before = download.state();
        String path = download.item().storePath();
        download.goOn(seconds, random).forEach((peer, blocks) -> {
            receivedBytes += (long) blocks * BLOCK;
            say(new NodeEvent.BlocksReceived(download.id(), path, peer.id(), blocks, (long) blocks * BLOCK));
        });
        if (!download.state().equals(before)) {
            say(new NodeEvent.PhaseChanged(download.id(), path, download.state()));
        }
        if (download.isOver()) {
            end(download);
        }
    }

    private void end(MadeUpDownload download) {
        running.remove(download);
        ended.addFirst(download);
        if (ended.size() > KEPT) {
            ended.removeLast();
        }
        MadeUpItem item = download.item();
        if (download.state().equals("done")) {
            say(new NodeEvent.DownloadSucceeded(download.id(), item.storePath(), download.seconds()));
            seeds.add(item);
            say(new NodeEvent.SeedAdded(item.narHash(), item.narBytes()));
            say(new NodeEvent.AnnouncementStarted(item.narHash(), true));
            if (seeds.size() > SEEDS) {
                say(new NodeEvent.SeedRemoved(seeds.removeFirst().narHash()));
            }
        } else {
            say(new NodeEvent.DownloadFailed(download.id(), item.storePath(), download.seconds(),
                    String.valueOf(download.status().failure())));
        }
    }

    private void give(double seconds) {
        MadeUpPeer peer = peers.get(random.nextInt(peers.size()));
        MadeUpItem item = seeds.get(random.nextInt(seeds.size()));
        long blocks = peer.gives(seconds, random) / BLOCK;
        if (blocks > 0) {
            peer.got(blocks * BLOCK);
            givenBytes += blocks * BLOCK;
            served.merge(item.narHash(), blocks, Long::sum);
            say(new NodeEvent.BlocksServed(item.narHash(), blocks, blocks * BLOCK));
        }
        served.keySet().retainAll(seeds.stream().map(MadeUpItem::narHash).toList());
    }

    private static <T> CompletionStage<T> said(T answer) {
        return CompletableFuture.completedFuture(answer);
    }

    @Override
    public synchronized CompletionStage<NodeStatus> status() {
        long uptime = clock.instant().getEpochSecond() - start.getEpochSecond();
        return said(
                new NodeStatus(self, Version.NUMBER, uptime, "p2p-first", "world", List.of("0.0.0.0:6881", "[::]:6881"),
                        peers.size(), 140, seeds.size(), running.size(), 3 * downloads, downloads,
                        new ConnectivityStatus("reachable", "unknown"),
                        412, seeds.size() + 1, receivedBytes, givenBytes));
    }

    @Override
    public synchronized CompletionStage<List<PeerStatus>> peers() {
        return said(peers.stream().map(MadeUpPeer::status).toList());
    }

    @Override
    public synchronized CompletionStage<List<TransferStatus>> transfers() {
        return said(Stream.concat(running.stream(), ended.stream())
                .sorted(Comparator.comparingLong(MadeUpDownload::id).reversed()).map(MadeUpDownload::status).toList());
    }

    @Override
    public synchronized CompletionStage<Page<SeedStatus>> seeds(Page.Wanted wanted) {
        List<SeedStatus> all = seeds.stream()
                .map(item -> new SeedStatus(item.storePath(), item.narHash(), item.narBytes(), "kept", "offered",
                        served.getOrDefault(item.narHash(), 0L)))
                .toList();
        return said(Page.of(all, SeedStatus::storePath, String::compareTo, wanted));
    }

    @Override
    public CompletionStage<LimitsStatus> limits() {
        return said(new LimitsStatus(8 << 20, 0, 0, 0));
    }

    @Override
    public CompletionStage<List<MirrorStatus>> mirrors() {
        return said(List.of(
                new MirrorStatus("https://substitutes.example", false, "best", 48,
                        List.of(new MirrorStatus.Files("large", 91, 11L << 20)), 0, null, null, start.toString(), 120,
                        117),
                new MirrorStatus("https://mirror.example", false,
                        "3.0 times as slow as the best, explored now and then",
                        160, List.of(new MirrorStatus.Files("large", 240, 3L << 20)), 0, null, null, start.toString(),
                        14,
                        9)));
    }

    @Override
    public synchronized CompletionStage<List<BuildStatus>> builds() {
        return said(BuildStatus
                .latestFirst(Stream.concat(ended.stream().map(MadeUpDownload::build), refused.stream())));
    }

    @Override
    public CompletionStage<ShareInfo> shareInfo() {
        return said(new ShareInfo(self, "world", List.of("guixp2p://" + self + "@203.0.113.7:6881"), 8));
    }

    @Override
    public Map<String, @Nullable Object> config() {
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        settings.put("substitute_policy", "p2p-first");
        settings.put("substitute_urls", List.of("https://substitutes.example", "https://mirror.example"));
        settings.put("share", "world");
        settings.put("bootstrap_peers", List.of());
        settings.put("lan", "on");
        settings.put("socket_group", null);
        return settings;
    }

    @Override
    public EventSource events() {
        return events;
    }
}
