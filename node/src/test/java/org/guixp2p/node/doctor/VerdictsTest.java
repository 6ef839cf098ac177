// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.ConfigLoader;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.setup.SystemRoot;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made of what was seen, where a test cannot make the network or the disk so. */
class VerdictsTest {
    private static final Path NOWHERE = Path.of("/nonexistent");

    private static Patient patient(String settings, Optional<RunningNode> node) throws ConfigException {
        Surroundings surroundings = new Surroundings(Map.of(), "alice", NOWHERE, NOWHERE);
        return new Patient(ConfigLoader.parse(surroundings, "test", settings).config(), surroundings,
                new SystemRoot(NOWHERE), node, Duration.ofSeconds(1));
    }

    private static RunningNode node(Optional<String> seenAt, String ipv4, String... inbound) throws FormatException {
        return node(seenAt, Optional.empty(), ipv4, inbound);
    }

    private static RunningNode node(Optional<String> seenAt, Optional<HostAndPort> mapped, String ipv4,
            String... inbound) throws FormatException {
        return new RunningNode("id", "world", 1, List.of(new HostAndPort("0.0.0.0", 6881)),
                mapped.map(address -> new RunningNode.Mapped(address, "PCP")), inbound.length,
                Stream.of(inbound).map(host -> new HostAndPort(host, 4000)).toList(),
                Map.of("ipv4", ipv4, "ipv6", "unknown"), List.of(new RunningNode.Family("ipv4", seenAt, 30, false, 0)));
    }

    @ParameterizedTest
    @CsvSource({"'',203.0.113.5,unknown,,WARNING,behind NAT",
        "external_addresses = \"203.0.113.5:6881\",203.0.113.5,unknown,,OK,behind NAT",
        "'',198.51.100.1,unknown,,OK,no NAT", "'',,unknown,,WARNING,unknown",
        "'',203.0.113.5,unknown,192.0.2.44,OK,reachable",
        "'',203.0.113.5,unknown,192.168.1.44,WARNING,behind NAT",
        "'',198.51.100.1,unreachable,,WARNING,unreachable by IPv4", "'',,unreachable,,WARNING,unreachable by IPv4",
        "'',203.0.113.5,reachable,,OK,reachable by IPv4"})
    void reachabilityIsWhatOthersSay(String settings, String seenAt, String ipv4, String inbound, Verdict verdict,
            String words)
            throws Exception {
        RunningNode node = node(Optional.ofNullable(seenAt), ipv4,
                inbound == null ? new String[0] : new String[]{inbound});
        Finding finding = new ReachabilityCheck().examine(patient("share = world\n" + settings, Optional.of(node)),
                List.of(InetAddress.ofLiteral("198.51.100.1"), InetAddress.ofLiteral("192.168.1.2")));
        assertEquals(verdict, finding.verdict(), finding.seen());
        assertTrue(finding.seen().startsWith(words), finding.seen());
        assertEquals(verdict == Verdict.OK, finding.advice().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0,OK,the gateway is announced at 192.168.1.2", "[::],OK,the gateway is announced at 192.168.1.2",
        "192.168.1.2,OK,the gateway is announced at 192.168.1.2",
        "192.168.1.3,WARNING,the gateway at 192.168.1.3:8080 is not announced",
        "203.0.113.5,WARNING,the gateway at 203.0.113.5:8080 is not announced"})
    void whereTheGatewayIsAnnouncedIsSaid(String host, Verdict verdict, String words) throws Exception {
        String settings = "gateway_bind = \"" + host + ":8080\", advertise = on";
        Finding finding = new NearbyServersCheck().advertised(patient(settings, Optional.empty()).config(),
                List.of(InetAddress.ofLiteral("203.0.113.5"), InetAddress.ofLiteral("fd00::1"),
                        InetAddress.ofLiteral("192.168.1.2")));
        assertEquals(verdict, finding.verdict(), finding.seen());
        assertTrue(finding.seen().startsWith(words), finding.seen());
        assertEquals(verdict == Verdict.OK, finding.advice().isEmpty());
    }

    @Test
    void whatTheRouterMapsIsSaidAndShared() throws Exception {
        HostAndPort mapped = new HostAndPort("203.0.113.5", 7881);
        for (Optional<String> seenAt : List.of(Optional.<String>empty(), Optional.of("203.0.113.5"))) {
            Patient patient = patient("share = world", Optional.of(node(seenAt, Optional.of(mapped), "unknown")));
            Finding finding = new ReachabilityCheck().examine(patient, List.of(InetAddress.ofLiteral("192.168.1.2")));
            assertEquals(Verdict.OK, finding.verdict());
            assertTrue(finding.seen().startsWith("behind NAT: the router lets others in at 203.0.113.5:7881, by PCP"),
                    finding.seen());
            assertEquals("none is set; the router has 203.0.113.5:7881 for this node, by PCP",
                    new ExternalAddressCheck().examine(patient).getFirst().seen());
            assertEquals(mapped, OwnAddresses.shareable(patient.config(), patient.node()).getFirst());
        }
    }

    @Test
    void withoutANodeReachabilityIsUnknown() throws ConfigException {
        Finding finding = new ReachabilityCheck().examine(patient("share = world", Optional.empty()), List.of());
        assertEquals(Verdict.WARNING, finding.verdict());
        assertTrue(finding.seen().startsWith("unknown"), finding.seen());
        assertEquals(Verdict.OK,
                new ReachabilityCheck().examine(patient("share = lan", Optional.empty()), List.of()).verdict());
    }

    @ParameterizedTest
    @CsvSource({"0,ERROR", "67108863,ERROR", "67108864,WARNING", "1073741823,WARNING", "1073741824,OK"})
    void aFullDiskIsAnError(long free, Verdict verdict) {
        assertEquals(verdict, new DiskCheck().judge(Path.of("/var/lib/guix-p2p"), free).verdict());
    }

    @Test
    void externalAddressesAreToldFirstAndLoopbackNever() throws Exception {
        Patient patient = patient("external_addresses = \"203.0.113.5:7000\"", Optional.empty());
        List<InetAddress> interfaces = List.of(InetAddress.ofLiteral("192.168.1.2"),
                InetAddress.ofLiteral("2001:db8::1"));
        assertEquals(List.of("203.0.113.5:7000", "192.168.1.2:6881", "[2001:db8::1]:6881"),
                OwnAddresses.shareable(patient.config(), List.of(new HostAndPort("0.0.0.0", 6881)), Optional.empty(),
                        interfaces).stream()
                        .map(HostAndPort::toString).toList());
        assertEquals(List.of("203.0.113.5:7000"), OwnAddresses
                .shareable(patient.config(), List.of(new HostAndPort("127.0.0.1", 6881)), Optional.empty(), interfaces)
                .stream()
                .map(HostAndPort::toString).toList());
        assertTrue(OwnAddresses.ofInterfaces().stream().noneMatch(InetAddress::isLoopbackAddress));
    }

    @ParameterizedTest
    @CsvSource({"198.51.100.1,true", "10.1.2.3,false", "100.64.0.1,false", "100.128.0.1,true", "127.0.0.1,false",
        "169.254.1.1,false", "fd00::1,false", "fe80::1,false", "2001:db8::1,true", "::,false", "224.0.0.1,false"})
    void theWorldCannotUsePrivateAddresses(String address, boolean global) {
        assertEquals(global, OwnAddresses.isGlobal(InetAddress.ofLiteral(address)));
    }

    @Test
    void whatHangsIsAWarningAndWhatFailsAnError() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        List<Finding> findings = Doctor.examine(List.of(check("hangs", () -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }), check("fails", () -> {
            throw new IllegalStateException("on purpose");
        }), check("works", () -> {})), patient("", Optional.empty()), Duration.ofMillis(500));
        assertEquals(List.of(Verdict.WARNING, Verdict.ERROR, Verdict.OK),
                findings.stream().map(Finding::verdict).toList());
        assertEquals(List.of("hangs", "fails", "works"), findings.stream().map(Finding::subject).toList());
        never.countDown();
    }

    private static Check check(String subject, Runnable action) {
        return new Check() {
            @Override
            public String subject() {
                return subject;
            }

            @Override
            public List<Finding> examine(Patient patient) {
                action.run();
                return List.of(Finding.ok(subject, "seen"));
            }
        };
    }
}
