// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.guixp2p.protocol.item.NamePattern;
import org.guixp2p.protocol.item.StorePath;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

class ConfigLoaderTest {
    @TempDir
    Path directory;

    private Surroundings alice;

    @BeforeEach
    void alice() {
        alice = new Surroundings(Map.of("XDG_RUNTIME_DIR", "/run/user/1000", "EXTRA", "debug"), "alice", directory,
                directory.resolve("etc/guix-p2p.conf"));
    }

    private static void write(Path file, String... lines) throws IOException {
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, String.join("\n", lines) + "\n");
    }

    private NodeConfig load(ConfigOverride... overrides) throws ConfigException {
        return ConfigLoader.load(alice, Optional.empty(), List.of(overrides)).config();
    }

    private NodeConfig parse(String... lines) throws ConfigException {
        return ConfigLoader.parse(alice, "test", String.join("\n", lines)).config();
    }

    private static ConfigOverride set(String key, String value) {
        return ConfigOverride.set("--set " + key + "=" + value, key, value);
    }

    private static List<String> faults(ConfigException e) {
        return e.faults().stream().map(ConfigFault::toString).toList();
    }

    @Test
    void everythingHasADefault() throws ConfigException {
        NodeConfig config = load();
        assertEquals(SubstitutePolicy.P2P_FIRST, config.substitutes().policy());
        assertEquals(List.of(URI.create("https://bordeaux.guix.gnu.org"), URI.create("https://ci.guix.gnu.org")),
                config.substitutes().urls());
        assertEquals(Share.LAN, config.seeding().share());
        assertEquals(List.of(new PublicKeySource.Shipped()), config.seeding().publicKeys());
        assertEquals(new NodeConfig.Store(SeedStore.PUBLIC, List.of(), List.of()), config.seeding().store());
        assertEquals(List.of(new HostAndPort("0.0.0.0", 6881)), config.network().listen());
        assertEquals(Duration.ofSeconds(30), config.transfers().stallTimeout());
        assertTrue(config.transfers().rates().upload().isUnlimited());
        assertEquals(Path.of("/"), config.files().storeRoot());
        assertEquals(Optional.empty(), config.bridge().socketGroup());
        assertEquals(Fallback.BUILTIN, config.bridge().fallback());
        assertEquals(Optional.of(new HostAndPort("127.0.0.1", 8090)), config.api());
        assertEquals(Level.INFO, config.logLevel());
    }

    @Test
    void anOrdinaryUserWorksAtHomeAndTheServiceInVar() throws ConfigException {
        NodeConfig mine = load();
        assertEquals(directory.resolve(".local/state/guix-p2p"), mine.files().stateDir());
        assertEquals(directory.resolve(".cache/guix-p2p"), mine.files().cacheDir());
        assertEquals(Path.of("/run/user/1000/guix-p2p/guix-p2p.sock"), mine.bridge().socketPath());
        alice = new Surroundings(Map.of("XDG_STATE_HOME", "/s", "XDG_CACHE_HOME", "relative"), "alice",
                Path.of("/home/alice"), directory.resolve("none"));
        NodeConfig told = load();
        assertEquals(Path.of("/s/guix-p2p"), told.files().stateDir());
        assertEquals(Path.of("/home/alice/.cache/guix-p2p"), told.files().cacheDir());
        assertEquals(Path.of("/home/alice/.cache/guix-p2p/guix-p2p.sock"), told.bridge().socketPath());
        for (String user : List.of("root", "guix-p2p")) {
            alice = new Surroundings(Map.of("XDG_RUNTIME_DIR", "/r"), user, Path.of("/root"),
                    directory.resolve("none"));
            NodeConfig service = load();
            assertEquals(Path.of("/var/lib/guix-p2p"), service.files().stateDir());
            assertEquals(Path.of("/var/cache/guix-p2p/guix-p2p.sock"), service.bridge().socketPath());
        }
    }

    @Test
    void laterLayersWin() throws Exception {
        write(alice.systemFile(), "min_providers = 2", "max_total_peers = 20", "share = off", "log_level = warn");
        write(alice.userFile(), "min_providers = 3", "share = world");
        LoadedConfig loaded = ConfigLoader.load(alice, Optional.empty(),
                List.of(set("min_providers", "4"), set("min_providers", "5"), set("api_bind", "off")));
        NodeConfig config = loaded.config();
        assertEquals(5, config.substitutes().minProviders());
        assertEquals(20, config.network().maxPeers());
        assertEquals(Share.WORLD, config.seeding().share());
        assertEquals(Level.WARN, config.logLevel());
        assertEquals(Optional.empty(), config.api());
        Map<String, String> places = loaded.settings().stream()
                .collect(Collectors.toMap(LoadedConfig.Setting::key, LoadedConfig.Setting::place));
        assertEquals(ConfigKeys.ALL.size(), places.size());
        assertEquals("--set min_providers=5", places.get("min_providers"));
        assertEquals(alice.systemFile() + ":2", places.get("max_total_peers"));
        assertEquals(alice.userFile() + ":2", places.get("share"));
        assertEquals("default", places.get("request_timeout"));
    }

    @Test
    void aNamedFileStandsInPlaceOfTheUsualOnes() throws Exception {
        write(alice.systemFile(), "nonsense = 1");
        write(alice.userFile(), "share = everybody");
        Path named = directory.resolve("named.conf");
        write(named, "min_providers = 7");
        NodeConfig config = ConfigLoader.load(alice, Optional.of(named), List.of()).config();
        assertEquals(7, config.substitutes().minProviders());
        assertEquals(Share.LAN, config.seeding().share());
    }

    @Test
    void aNamedFileMustBeThere() throws IOException {
        Path missing = directory.resolve("missing.conf");
        ConfigException none = assertThrows(ConfigException.class,
                () -> ConfigLoader.load(alice, Optional.of(missing), List.of()));
        assertEquals(List.of(missing + ": no such file"), faults(none));
        ConfigException folder = assertThrows(ConfigException.class,
                () -> ConfigLoader.load(alice, Optional.of(directory), List.of()));
        assertEquals(List.of(directory + ": not a readable file"), faults(folder));
    }

    @Test
    void everyFaultIsToldAtOnceWithFileAndLine() throws Exception {
        write(alice.systemFile(), "substitute_polcy = p2p-only", "", "share = wolrd",
                "substitute_urls = [", "  \"https://ci.guix.gnu.org\",", "  \"ftp://example.org\",", "  7 ]");
        write(alice.userFile(), "stall_timeout = soon", "frobnicate = 1");
        ConfigException e = assertThrows(ConfigException.class, () -> load(set("min_providers", "0")));
        String system = alice.systemFile().toString();
        assertEquals(List.of(
                system + ":1: substitute_polcy: no such setting; did you mean 'substitute_policy'?",
                system + ":3: share: one of 'off', 'lan', 'world' expected, found 'wolrd'",
                system + ":6: substitute_urls: an http:// or https:// URL without user, query or fragment expected, "
                        + "found 'ftp://example.org'",
                system + ":7: substitute_urls: an http:// or https:// URL without user, query or fragment expected, "
                        + "found '7'",
                alice.userFile() + ":1: stall_timeout: a time from 100 ms to 3600 s, such as '30 s' or '2 min', "
                        + "expected, found 'soon'",
                alice.userFile() + ":2: frobnicate: no such setting",
                "--set min_providers=0: min_providers: a whole number from 1 to 1000 expected, found '0'"),
                faults(e));
        assertEquals(String.join("\n", faults(e)), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {"share = [|share", "share = \"lan|share",
        "share { lan|share", "= 3|", "share = ${|share", "a = b = c|a", "  \"share\" : [ [|share",
        "substitute_urls = https://ci.guix.gnu.org|substitute_urls", "seed_paths = [,,]|seed_paths"})
    void whatIsNotHoconIsToldWithItsLineAndKey(String line, @Nullable String key) throws Exception {
        write(alice.userFile(), "log_level = info", line);
        ConfigException e = assertThrows(ConfigException.class, () -> load(set("min_providers", "0")));
        assertEquals(2, e.faults().size(), e::getMessage);
        String first = faults(e).getFirst();
        assertTrue(first.matches("(?s)\\Q" + alice.userFile() + "\\E:[23]: .+") && first.lines().count() == 1, first);
        assertEquals(key == null ? "" : key, e.faults().getFirst().key(), first);
    }

    @Test
    void stateAndCacheAreNotOneDirectory() throws Exception {
        write(alice.systemFile(), "", "cache_dir = /srv/p2p");
        ConfigException e = assertThrows(ConfigException.class, () -> load(set("state_dir", "/srv/x/../p2p")));
        assertEquals(
                List.of("--set state_dir=/srv/x/../p2p: state_dir: another directory than cache_dir expected, found "
                        + "'/srv/p2p' for both"),
                faults(e));
        write(alice.systemFile(), "", "cache_dir = " + load().files().stateDir());
        ConfigException other = assertThrows(ConfigException.class, this::load);
        assertEquals(alice.systemFile() + ":2", other.faults().getFirst().place());
    }

    @Test
    void settingsMayReferToEachOtherAndToTheEnvironment() throws ConfigException {
        NodeConfig config = parse("state_dir = /srv/p2p", "cache_dir = ${state_dir}/cache", "log_level = ${EXTRA}");
        assertEquals(Path.of("/srv/p2p/cache"), config.files().cacheDir());
        assertEquals(Level.DEBUG, config.logLevel());
        ConfigException e = assertThrows(ConfigException.class, () -> parse("", "cache_dir = ${NOBODY_SET_THIS}/x"));
        assertEquals(1, e.faults().size());
        assertTrue(e.getMessage().startsWith("test:2: cache_dir: ") && e.getMessage().contains("NOBODY_SET_THIS"),
                e.getMessage());
    }

    @Test
    void theDefaultFallbackHangsOnThePolicy() throws ConfigException {
        assertEquals(Fallback.NONE, parse("substitute_policy = \"p2p-only\"").bridge().fallback());
        assertEquals(Fallback.BUILTIN, parse("substitute_policy = http-first").bridge().fallback());
        assertEquals(Fallback.BUILTIN, parse("substitute_policy = p2p-only, fallback = builtin").bridge().fallback());
    }

    /** Everybody in a DHT can be asked by the world. */
    @Test
    void thereIsADhtOnlyWhereTheWorldIsShownSomething() throws ConfigException {
        assertEquals(DhtMode.OFF, load().dhtMode());
        assertEquals(DhtMode.OFF, parse("share = off").dhtMode());
        assertEquals(DhtMode.OFF, parse("share = lan, dht = private").dhtMode());
        assertEquals(DhtMode.MAINLINE, parse("share = world").dhtMode());
        assertEquals(DhtMode.PRIVATE, parse("share = world, dht = private").dhtMode());
        assertEquals(DhtMode.OFF, parse("share = world, dht = off").dhtMode());
    }

    @Test
    void theDefaultRoutersAreThoseOfMainlineAlone() throws ConfigException {
        assertEquals(List.of(new HostAndPort("router.bittorrent.com", 6881),
                new HostAndPort("dht.transmissionbt.com", 6881), new HostAndPort("router.utorrent.com", 6881)),
                load().network().dht().routers());
        assertEquals(List.of(), parse("dht = private").network().dht().routers());
        NodeConfig.Dht own = parse("dht = private, dht_routers = \"a.example:1 [::1]:2\", dht_announce_rate = 7")
                .network().dht();
        assertEquals(List.of(new HostAndPort("a.example", 1), new HostAndPort("::1", 2)), own.routers());
        assertEquals(7, own.announceRate());
    }

    @Test
    void listsMayBeOneTextOfWords() throws ConfigException {
        String id = PeerId.ofPublicKey(new byte[32]).toString();
        NodeConfig config = parse("substitute_urls = \"https://a.example/ http://b.example:8080/x/\"",
                "listen_address = \"[::1]:0\"", "external_addresses = \"\"",
                "bootstrap_peers = [\"guixp2p://" + id + "@peer.example:1\"]");
        assertEquals(List.of(URI.create("https://a.example"), URI.create("http://b.example:8080/x")),
                config.substitutes().urls());
        assertEquals(List.of(new HostAndPort("::1", 0)), config.network().listen());
        assertEquals(List.of(), config.network().external());
        assertEquals(List.of(
                new PeerAddress(PeerId.ofPublicKey(new byte[32]), new HostAndPort("peer.example", 1))),
                config.network().bootstrap());
    }

    @Test
    void optionsTakePlainTextAndHocon() throws ConfigException {
        NodeConfig config = load(set("listen_address", "[::]:6881"), set("substitute_urls", "[]"),
                set("external_addresses", "[\"a.example:1\", \"b.example:2\"]"), set("log_level", "\"warn\""),
                set("public_keys", "(public-key (ecc (curve Ed25519) (q #00#)))"));
        assertEquals(List.of(new HostAndPort("::", 6881)), config.network().listen());
        assertEquals(List.of(), config.substitutes().urls());
        assertEquals(2, config.network().external().size());
        assertEquals(Level.WARN, config.logLevel());
        assertEquals(List.of(new PublicKeySource.Inline("(public-key (ecc (curve Ed25519) (q #00#)))")),
                config.seeding().publicKeys());
    }

    @Test
    void oneMoreElementJoinsWhatTheFilesSay() throws Exception {
        String hello = "/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1";
        String sh = "/gnu/store/c3m05d5dai3qccdw77pb9kgl1dcimy10-sh";
        ConfigOverride add = ConfigOverride.add("--seed " + sh, "seed_paths", sh);
        assertEquals(List.of(StorePath.parse(sh)), load(add).seeding().paths());
        for (String before : List.of("[\"" + hello + "\"]", "\"" + hello + "\"")) {
            write(alice.userFile(), "seed_paths = " + before);
            assertEquals(List.of(StorePath.parse(hello), StorePath.parse(sh)), load(add).seeding().paths());
        }
        assertEquals(List.of(StorePath.parse(sh), StorePath.parse(hello)),
                load(set("seed_paths", sh), ConfigOverride.add("--seed x", "seed_paths", hello)).seeding().paths());
        write(alice.userFile(), "seed_paths = 7");
        ConfigException e = assertThrows(ConfigException.class,
                () -> load(add, ConfigOverride.add("--seed x", "seed_paths", "x")));
        assertEquals(List.of(alice.userFile() + ":1", "--seed x"),
                e.faults().stream().map(ConfigFault::place).toList());
    }

    @Test
    void aFaultyOptionIsNamedAsItWasWritten() {
        ConfigException e = assertThrows(ConfigException.class,
                () -> load(set("Share", "lan"), set("a.b", "1"), set("external_addresses", "[1"),
                        set("seed_paths", "[\"/etc\"]"),
                        ConfigOverride.set("--policy p2p", "substitute_policy", "p2p")));
        assertEquals(List.of("--set Share=lan: Share: no such setting; did you mean 'share'?",
                "--set a.b=1: a.b: no such setting",
                "--set external_addresses=[1: external_addresses: "
                        + "HOST:PORT expected, with an IPv6 address in brackets, found '[1'",
                "--set seed_paths=[\"/etc\"]: seed_paths: the path of a store item expected: "
                        + "store path: not in /gnu/store: '/etc'",
                "--policy p2p: substitute_policy: one of 'p2p-only', 'p2p-first', 'http-first' expected, found 'p2p'"),
                faults(e));
    }

    @Test
    void theQuotaOfKeptNarsIsBytesAndAShare() throws ConfigException {
        assertEquals(SeedQuota.USUAL, parse("").seeding().quota());
        assertEquals(new SeedQuota(new ByteSize(3L << 40), 0.25),
                parse("seed_quota = 3 TiB\nseed_disk_share = 0.25").seeding().quota());
        assertEquals(new SeedQuota(new ByteSize(0), 1), parse("seed_quota = 0, seed_disk_share = 1").seeding().quota());
    }

    /** Nobody else's machine is let in unless somebody says so. */
    @ParameterizedTest
    @CsvSource({"on,127.0.0.1:8080", "8081,127.0.0.1:8081", "\"0.0.0.0:0\",0.0.0.0:0", "\"[::1]:1\",[::1]:1", "off,"})
    void aGatewayIsForThisMachineUnlessAHostIsNamed(String value, @Nullable String address) throws ConfigException {
        assertEquals(Optional.ofNullable(address),
                parse("gateway_bind = " + value).gateway().map(HostAndPort::toString));
    }

    @Test
    void serversNearbyAreNeitherToldNorAskedUnlessSomebodySaysSo() throws ConfigException {
        assertEquals(NodeConfig.Nearby.NOTHING, parse("").nearby());
        assertEquals(new NodeConfig.Nearby(false, true), parse("discover = on").nearby());
        for (String address : List.of("0.0.0.0:8080", "[::]:0", "192.168.1.2:80", "host.example:80")) {
            assertEquals(new NodeConfig.Nearby(true, false),
                    parse("advertise = on", "gateway_bind = \"" + address + "\"").nearby());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "on", "8080", "\"127.0.0.2:8080\"", "\"[::1]:8080\"", "\"localhost:8080\""})
    void whatOthersCannotReachIsNotAdvertised(String gateway) {
        ConfigException e = assertThrows(ConfigException.class,
                () -> parse("gateway_bind = " + gateway, "advertise = on"));
        assertEquals(1, e.faults().size(), e::getMessage);
        assertEquals("advertise", e.faults().getFirst().key());
        assertEquals("test:2", e.faults().getFirst().place());
        assertTrue(e.getMessage().contains("gateway_bind"), e::getMessage);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"substitute_policy|P2P_FIRST", "substitute_policy|true",
        "substitute_policy|{ a = 1 }", "substitute_policy|null", "substitute_policy|[p2p-only]",
        "substitute_urls|\"ci.guix.gnu.org\"", "substitute_urls|\"https://\"", "substitute_urls|\"file:///x\"",
        "substitute_urls|\"https://u:p@h\"", "substitute_urls|\"https://h/?q\"", "substitute_urls|\"https://h h^\"",
        "substitute_urls|{}", "substitute_urls|5", "min_providers|0", "min_providers|-1", "min_providers|1.5",
        "min_providers|1001", "min_providers|99999999999", "min_providers|one", "prefetch|all", "prefetch|true",
        "acl_path|etc/acl", "acl_path|\"\"",
        "acl_path|7", "acl_path|\"/a\\u0000b\"", "fallback|guix", "share|on", "share|true",
        "public_keys|\"ours.pub\"", "public_keys|[\"(public-key\"]", "public_keys|[[]]", "public_keys|\"\"",
        "seed_paths|\"/gnu/store/short\"", "seed_paths|\"/nix/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1\"",
        "auto_seed_downloads|some", "seed_quota|-1", "seed_quota|much", "seed_quota|\"5 MiB/s\"", "seed_quota|2000T",
        "seed_disk_share|0", "seed_disk_share|1.1", "seed_disk_share|\"10%\"", "seed_disk_share|-0.1",
        "seed_store|on", "seed_store|true", "seed_patterns|a/b",
        "never_seed_patterns|[\"\"]", "never_seed_patterns|[\"[ab]\"]",
        "listen_address|6881", "listen_address|[]", "listen_address|\"\"",
        "listen_address|\"1.2.3:6881\"", "external_addresses|\"h:0\"", "port_mapping|yes", "bootstrap_peers|\"h:1\"",
        "bootstrap_peers|\"guixp2p://x@h:1\"", "dht|on", "dht|true", "dht_routers|\"h:0\"", "dht_routers|[\"h\"]",
        "dht_announce_rate|0", "dht_announce_rate|10001", "max_total_peers|0", "max_total_peers|10001",
        "max_light_sessions|-1", "max_light_sessions|1001",
        "max_peers_per_download|0", "max_upload_rate|-1", "max_upload_rate|fast", "max_upload_rate|0.5",
        "max_upload_rate|5 X", "max_download_rate|2000000G", "max_upload_rate_per_peer|-1",
        "max_download_rate_per_peer|fast", "request_timeout|0", "request_timeout|99ms",
        "request_timeout|61 min", "request_timeout|10 parsecs", "stall_timeout|-5 s", "stall_timeout|[30 s]",
        "cache_dir|\"~/cache\"", "state_dir|.", "store_root|relative", "socket_path|\"run.sock\"",
        "socket_group|\"no group\"", "socket_group|\"-x\"", "api_bind|true", "api_bind|8090",
        "api_bind|\"[::1]\"", "gateway_bind|yes", "gateway_bind|70000", "gateway_bind|\"\"", "log_level|loud",
        "log_level|INFO", "lan|yes", "lan|true", "advertise|true", "advertise|yes", "discover|true",
        "discover|\"\""})
    void wrongValuesAreRefusedByName(String key, String value) {
        ConfigException e = assertThrows(ConfigException.class, () -> parse("", key + " = " + value));
        assertEquals(1, e.faults().size(), e::getMessage);
        ConfigFault fault = e.faults().getFirst();
        assertEquals(key, fault.key());
        assertEquals("test:2", fault.place());
        assertTrue(fault.problem().contains("expected") && fault.problem().lines().count() == 1, fault.problem());
    }

    @Test
    void everyKeyIsAmongTheRefused() throws NoSuchMethodException {
        String[] rows = ConfigLoaderTest.class
                .getDeclaredMethod("wrongValuesAreRefusedByName", String.class, String.class)
                .getAnnotation(CsvSource.class).value();
        assertEquals(List.copyOf(new TreeSet<>(ConfigKeys.names())),
                Arrays.stream(rows).map(row -> row.substring(0, row.indexOf('|'))).distinct().sorted().toList());
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "500K,512000", "2 MiB,2097152", "2MB,2000000", "10 kB/s,10000", "1.5M,1572864",
        "1G,1073741824", "1Ki/s,1024", "3g,3221225472", "1048576G,1125899906842624", "7B,7"})
    void ratesHaveSuffixes(String text, long bytesPerSecond) throws ConfigException {
        assertEquals(new ByteRate(bytesPerSecond), parse("max_upload_rate = " + text).transfers().rates().upload());
    }

    @ParameterizedTest
    @CsvSource({"30,30000", "30 s,30000", "250ms,250", "1.5 s,1500", "2 min,120000", "1h,3600000", "1 hour,3600000",
        "5 seconds,5000"})
    void timesHaveUnits(String text, long millis) throws ConfigException {
        assertEquals(Duration.ofMillis(millis), parse("request_timeout = " + text).transfers().requestTimeout());
    }

    @Test
    void aSocketsPathFitsItsAddress() throws ConfigException {
        String longest = "/x" + "ä".repeat(52);
        assertEquals(longest, parse("socket_path = \"" + longest + "\"").bridge().socketPath().toString());
        assertThrows(ConfigException.class, () -> parse("socket_path = \"" + longest + "x\""));
    }

    @Test
    void itemsAreReadBelowTheStoreRoot() throws Exception {
        StorePath hello = StorePath.parse("/gnu/store/y0h4g6321gwygvwv47kr4bc8y0lf49fs-hello-2.12.1");
        assertEquals(Path.of(hello.path()), parse("").files().locate(hello));
        NodeConfig elsewhere = parse("store_root = /mnt", "seed_paths = \"" + hello + "\"", "socket_group = guix-p2p");
        assertEquals(Path.of("/mnt" + hello.path()), elsewhere.files().locate(hello));
        assertEquals(List.of(hello), elsewhere.seeding().paths());
        assertEquals(Optional.of("guix-p2p"), elsewhere.bridge().socketGroup());
    }

    @Test
    void ofTheStoreIsOfferedWhatTheUserWants() throws Exception {
        NodeConfig config = parse("seed_store = all", "seed_patterns = \"icecat-* *-linux-libre-*\"",
                "never_seed_patterns = [\"secret-?\"]");
        assertEquals(new NodeConfig.Store(SeedStore.ALL,
                List.of(new NamePattern("icecat-*"), new NamePattern("*-linux-libre-*")),
                List.of(new NamePattern("secret-?"))), config.seeding().store());
        assertEquals(Path.of("/var/guix/db/db.sqlite"), config.files().database());
        assertEquals(Path.of("/mnt/var/guix/db/db.sqlite"), parse("store_root = /mnt").files().database());
        assertTrue(config.seeding().seedsStore());
        assertFalse(parse("share = off").seeding().seedsStore(), "to whom?");
        assertFalse(parse("seed_store = off").seeding().seedsStore());
    }

    @ParameterizedTest
    @CsvSource({"substitute-policy,substitute_policy", "substiute_urls,substitute_urls", "peers,''", "x,''",
        "max_uplaod_rate,max_upload_rate", "SHARE,share", "cachedir,cache_dir"})
    void misspeltNamesFindTheirNeighbour(String typed, String meant) {
        assertEquals(meant, NearestName.of(typed, ConfigKeys.names()).orElse(""));
    }
}
