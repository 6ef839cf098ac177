// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.world;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.guixp2p.harness.daemon.GuixCommand;
import org.guixp2p.harness.daemon.Substituter;
import org.guixp2p.harness.process.Announcement;
import org.guixp2p.harness.process.Child;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.process.Workplace;
import org.guixp2p.harness.relay.Link;
import org.guixp2p.harness.relay.Relay;
import org.guixp2p.harness.server.NarinfoServer;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.narinfo.FileSize;
import org.guixp2p.protocol.narinfo.Narinfo;
import org.guixp2p.protocol.narinfo.NarinfoDraft;
import org.guixp2p.protocol.narinfo.NarinfoSigner;
import org.guixp2p.protocol.narinfo.NarSource;
import org.guixp2p.protocol.narinfo.NarUrl;
import org.guixp2p.protocol.pki.Acl;
import org.guixp2p.protocol.pki.SigningKey;
import org.guixp2p.protocol.swarm.HostAndPort;

/**
 * A substitute server in a process of its own that has narinfos signed by a key made just now, and NARs or none; and what nodes and
 * restorers need to believe it and to have the NARs from each other.
 */
public final class SubstituteSite {
    /** A shell that waits for what it has started, which so has it for a parent. */
    private static final List<String> BELOW_ANOTHER_PROCESS = List.of("/bin/sh", "-c", "\"$@\"; exit $?", "sh");
    private static final String HTTP = "http://";
    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration START = Duration.ofSeconds(60);

    private final Workplace place;
    private final Programs programs;
    private final String host;
    private final Path keys;
    private final AtomicInteger narRequests = new AtomicInteger();
    private final AtomicInteger narinfoRequests = new AtomicInteger();
    private Path narinfos = Path.of("");
    private String server = "";
    private List<String> before = List.of();
    private int started;

    /**
     * What the server says of an item.
     *
     * @param references in the order of their paths
     */
    public record Offer(TreeItem item, List<StorePath> references) {
        public Offer {
            references = List.copyOf(references);
        }
    }

    private SubstituteSite(Workplace place, Programs programs, String host) throws IOException {
        this.place = place;
        this.programs = programs;
        this.host = host;
        this.keys = Files.createDirectory(place.directory().resolve("keys"));
    }

    /**
     * Signs a narinfo for each item, and serves them on loopback.
     *
     * @param host what signatures call the server
     */
    public static SubstituteSite publish(Workplace place, Programs programs, String host, List<TreeItem> items)
            throws IOException, InterruptedException {
        return publish(place, programs, host, LOOPBACK, items);
    }

    /**
     * Signs a narinfo for each item, and serves them.
     *
     * @param host what signatures call the server
     * @param address where the server listens, at a port of its own
     */
    public static SubstituteSite publish(Workplace place, Programs programs, String host, String address,
            List<TreeItem> items) throws IOException, InterruptedException {
        SubstituteSite site = new SubstituteSite(place, programs, host);
        List<Offer> offers = items.stream().map(item -> new Offer(item, List.of())).toList();
        site.sign(offers, Optional.empty());
        site.server = site.start(Optional.empty(), address);
        return site;
    }

    /**
     * Signs a narinfo for each item, and serves them and the NARs on loopback.
     *
     * @param host what signatures call the server
     */
    public static SubstituteSite publishWithNars(Workplace place, Programs programs, String host, List<Offer> offers)
            throws IOException, InterruptedException {
        SubstituteSite site = new SubstituteSite(place, programs, host);
        Path nars = Files.createDirectory(place.directory().resolve("nars"));
        for (Offer offer : offers) {
            offer.item().writeNar(nars.resolve(offer.item().path().baseName()));
        }
        site.sign(offers, Optional.of(nars));
        site.server = site.start(Optional.of(nars), LOOPBACK);
        return site;
    }

    /** Has whoever is told of the server from now on reach it over a link, which is for the caller to close. */
    public Relay behind(Link link) throws IOException {
        Relay relay = Relay.start(HostAndPort.parse(server.substring(HTTP.length())), link);
        server = HTTP + relay.address();
        return relay;
    }

    /** Has whoever is told of the server from now on be told of others before it. */
    public void putBefore(List<String> others) {
        before = List.copyOf(others);
    }

    /**
     * Starts another server that has the same narinfos.
     *
     * @param nars what it has for NARs, each under the name that the narinfo gives it
     * @return its URL
     */
    public String serveToo(Path nars) throws IOException, InterruptedException {
        return start(Optional.of(nars), LOOPBACK);
    }

    private List<String> servers() {
        return Stream.concat(before.stream(), Stream.of(server)).toList();
    }

    private void sign(List<Offer> offers, Optional<Path> nars) throws IOException {
        SigningKey key = SigningKey.generate(new SecureRandom());
        Files.write(acl(), Acl.of(List.of(key.publicKey())).encoded());
        Files.write(publicKey(), key.publicKey().encoded());
        NarinfoSigner signer = new NarinfoSigner(key, host);
        narinfos = Files.createDirectory(place.directory().resolve("narinfos"));
        for (Offer offer : offers) {
            TreeItem item = offer.item();
            NarinfoDraft draft = new NarinfoDraft(item.path(), item.nar().hash(), item.nar().size(), offer.references(),
                    Optional.empty());
            // Servers name files with the NAR. Where there is none and somebody looks for it, the report says so.
            Optional<FileSize> size = nars.map(_ -> new FileSize(item.nar().size().bytes()));
            NarSource source = new NarSource(new NarUrl(NarinfoServer.NARS.substring(1) + item.path().baseName()),
                    "none", size);
            Narinfo narinfo = signer.sign(draft, List.of(source));
            Files.write(narinfos.resolve(item.path().hashPart() + ".narinfo"), narinfo.raw());
        }
    }

    private String start(Optional<Path> nars, String address) throws IOException, InterruptedException {
        started++;
        String name = started == 1 ? "narinfo-server" : "narinfo-server-" + started;
        List<String> words = new ArrayList<>(
                List.of("narinfo-server", "--dir", narinfos.toString(), "--address", address));
        nars.ifPresent(directory -> words.addAll(List.of("--nars", directory.toString())));
        ProcessBuilder builder = new ProcessBuilder(programs.harness(words));
        builder.redirectError(place.directory().resolve(name + ".log").toFile());
        builder.environment().clear();
        builder.environment().putAll(programs.environment());
        Child child = place.processes().start(name, builder);
        return HTTP + Announcement.await(child, START, this::countRequest).value("http");
    }

    private void countRequest(String line) {
        if (line.contains(".narinfo ")) {
            narinfoRequests.incrementAndGet();
        } else if (line.contains(" /nar/")) {
            narRequests.incrementAndGet();
        }
    }

    /**
     * A node's settings, to which others may be added: it takes NARs from peers alone.
     *
     * @param storeRoot below which it finds {@code /gnu/store}
     */
    public Map<String, Object> settings(Path storeRoot) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("substitute_policy", "p2p-only");
        settings.put("substitute_urls", servers());
        settings.put("acl_path", acl().toString());
        settings.put("public_keys", List.of(publicKey().toString()));
        settings.put("share", "lan");
        settings.put("store_root", storeRoot.toString());
        return settings;
    }

    /** The keys that count. */
    public Path acl() {
        return keys.resolve("acl");
    }

    private Path publicKey() {
        return keys.resolve("signing-key.pub");
    }

    /** The text of {@code _NIX_OPTIONS} for a restorer or whoever speaks in its place. */
    public String nixOptions(String mode) {
        return "substitute-urls=" + String.join(" ", servers()) + "\nprint-extended-build-trace=1\n"
                + (mode.equals("--substitute") ? "deduplicate=yes\n" : "");
    }

    /**
     * Starts {@code guix-p2p substitute} as the daemon would.
     *
     * @param name what to call it
     * @param mode {@code --query} or {@code --substitute}
     */
    public Substituter startSubstituter(NodeProcess fetcher, String name, String mode) throws IOException {
        return startSubstituter(fetcher, name, mode, List.of());
    }

    /**
     * As {@link #startSubstituter}, as another daemon process would, of which the node has heard nothing: each time another one, so
     * that nothing that one is told is fetched ahead for the next.
     */
    public Substituter startSubstituterOfAnotherDaemon(NodeProcess fetcher, String name, String mode)
            throws IOException {
        return startSubstituter(fetcher, name, mode, BELOW_ANOTHER_PROCESS);
    }

    private Substituter startSubstituter(NodeProcess fetcher, String name, String mode, List<String> before)
            throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(programs.substituter(mode));
        Map<String, String> environment = environment(mode);
        environment.put("GUIX_P2P_SOCKET", fetcher.socket().toString());
        environment.put("GUIX_P2P_USER", System.getProperty("user.name"));
        environment.put("GUIX_P2P_ACL", acl().toString());
        environment.put("GUIX_P2P_FALLBACK", "none");
        return Substituter.start(place.processes(), name, command, environment);
    }

    /**
     * Starts what takes everything from the server alone, as Guix's own does.
     *
     * @param cache where it keeps narinfos, for all that are started with it
     */
    public Substituter startPlainSubstituter(Path cache, String name, String mode) throws IOException {
        List<String> words = List.of("plain-substituter", "--acl", acl().toString(), "--cache", cache.toString(), mode);
        return Substituter.start(place.processes(), name, programs.harness(words), environment(mode));
    }

    /**
     * Starts Guix's own substituter, which takes everything from the server alone. Nothing that this machine's Guix is set to, and no
     * narinfo that it has kept, counts; what lies outside of {@code /gnu/store} it does not deduplicate.
     *
     * @param own where it finds the keys and keeps narinfos, for all that are started with it
     */
    public Substituter startGuixSubstituter(GuixCommand guix, Path own, String name, String mode) throws IOException {
        Map<String, String> environment = environment(mode);
        environment.putAll(guix.environment());
        // Not where the public key is too: of an ACL of nothing but Guix's own key it says that it seems uninitialized.
        Path settings = Files.createDirectories(own.resolve("etc"));
        Files.copy(acl(), settings.resolve("acl"), StandardCopyOption.REPLACE_EXISTING);
        environment.put("GUIX_CONFIGURATION_DIRECTORY", settings.toString());
        environment.put("GUIX_STATE_DIRECTORY", own.resolve("state").toString());
        environment.put("XDG_CACHE_HOME", own.resolve("cache").toString());
        environment.put("HOME", own.toString());
        List<String> words = Stream.concat(guix.words().stream(), Stream.of("substitute", mode)).toList();
        return Substituter.start(place.processes(), name, words, environment);
    }

    private Map<String, String> environment(String mode) {
        Map<String, String> environment = new LinkedHashMap<>(programs.environment());
        environment.put("_NIX_OPTIONS", nixOptions(mode));
        return environment;
    }

    /** How often the server, or one of those that were started too, was asked for a NAR. */
    public int narRequests() {
        return narRequests.get();
    }

    public int narinfoRequests() {
        return narinfoRequests.get();
    }
}
