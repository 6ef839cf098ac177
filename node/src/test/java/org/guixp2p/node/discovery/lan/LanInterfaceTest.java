// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which addresses of an interface are used, and for what. */
class LanInterfaceTest {
    /** At which addresses each service is of use. */
    private static Map<String, Set<String>> chosen(List<String> addresses, Map<String, Set<String>> services) {
        return LanInterface.chosen(
                addresses.stream().map(address -> new LanInterface("eth0", 2, InetAddress.ofLiteral(address), 24))
                        .toList(),
                services.keySet().stream().sorted().toList(),
                (service, own) -> services.getOrDefault(service, Set.of()).contains(own.getHostAddress()))
                .entrySet().stream().collect(Collectors.toMap(one -> one.getKey().address().getHostAddress(),
                        one -> Set.copyOf(one.getValue())));
    }

    private static final String V6 = InetAddress.ofLiteral("2001:db8::1").getHostAddress();
    private static final String LINK = InetAddress.ofLiteral("fe80::1").getHostAddress();

    /** Peers can be met at both, the gateway is told at the private one alone: one link is enough. */
    @Test
    void oneAddressIsUsedThatIsOfUseToAll() {
        Set<String> both = Set.of("10.0.0.1", "192.0.2.1");
        Map<String, Set<String>> services = Map.of("peers", both, "servers", both, "gateway", Set.of("10.0.0.1"));
        Map<String, Set<String>> one = Map.of("10.0.0.1", services.keySet());
        assertEquals(one, chosen(List.of("10.0.0.1", "192.0.2.1"), services));
        assertEquals(one, chosen(List.of("192.0.2.1", "10.0.0.1"), services));
    }

    @Test
    void whatHasNoAddressInCommonIsNotLost() {
        assertEquals(Map.of("10.0.0.1", Set.of("gateway"), "192.0.2.1", Set.of("peers", "servers")),
                chosen(List.of("10.0.0.1", "192.0.2.1"), Map.of("gateway", Set.of("10.0.0.1"), "peers",
                        Set.of("192.0.2.1"), "servers", Set.of("192.0.2.1", "10.0.0.1"))));
    }

    @Test
    void eachFamilyHasOneAndLinkLocalIsPreferredInIpv6Alone() {
        Set<String> all = Set.of("169.254.1.1", "10.0.0.1", V6, LINK);
        for (List<String> order : List.of(List.of("169.254.1.1", "10.0.0.1", V6, LINK),
                List.of(LINK, V6, "10.0.0.1", "169.254.1.1"))) {
            assertEquals(Map.of("10.0.0.1", Set.of("peers", "servers"), LINK, Set.of("peers")),
                    chosen(order, Map.of("peers", all, "servers", Set.of("169.254.1.1", "10.0.0.1"))));
        }
    }

    @Test
    void whatIsOfNoUseIsNotUsed() {
        assertEquals(Map.of(), chosen(List.of("10.0.0.1", LINK), Map.of("peers", Set.of())));
        assertEquals(Map.of(), chosen(List.of("10.0.0.1"), Map.of()));
        assertEquals(Map.of("169.254.1.1", Set.of("peers")),
                chosen(List.of("169.254.1.1"), Map.of("peers", Set.of("169.254.1.1"))));
    }
}
