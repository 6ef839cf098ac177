// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.guixp2p.node.Version;
import org.guixp2p.node.swarm.Probe;
import org.guixp2p.protocol.FormatException;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Dials a peer. */
@Command(name = "test-connectivity", description = "Dial a peer, and say how far that goes. No node need run: it is not the "
        + "node that dials, and the peer is told another name.")
final class TestConnectivityCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String SCHEME = "guixp2p://";

    @Parameters(paramLabel = "ADDRESS", description = "guixp2p://PEER-ID@HOST:PORT, or HOST:PORT for whoever is there.")
    private String address = "";

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CommandSpec command = spec;
        if (command == null) {
            throw new IllegalStateException("not run as a command");
        }
        HostAndPort where;
        Optional<PeerId> expected = Optional.empty();
        try {
            if (address.startsWith(SCHEME)) {
                PeerAddress peer = PeerAddress.parse(address);
                where = peer.endpoint();
                expected = Optional.of(peer.id());
            } else {
                where = HostAndPort.parse(address);
            }
        } catch (FormatException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()));
        }
        Logs.setLevel(org.slf4j.event.Level.ERROR);
        PrintWriter out = command.commandLine().getOut();
        try {
            tell(Probe.dial(where, expected, Version.AGENT, PATIENCE), out);
            return ExitCode.OK;
        } catch (Probe.FailedException e) {
            if (json) {
                out.println(Json.object(Map.of("ok", false, "stage", e.stage(), "reason",
                        String.valueOf(e.getMessage()))));
            } else {
                out.println("failed at " + e.stage() + ": "
                        + FormatException.printable(String.valueOf(e.getMessage())));
            }
            return ExitCode.FAILURE;
        } finally {
            out.flush();
        }
    }

    private void tell(Probe.Answer answer, PrintWriter out) {
        HostAndPort at = HostAndPort.of(answer.address().getAddress(), answer.address().getPort());
        if (json) {
            Map<String, Double> stages = new LinkedHashMap<>();
            answer.steps().forEach(step -> stages.put(step.stage(), millis(step.took())));
            out.println(Json.object(Map.of("ok", true, "peer_id", answer.peer().toString(), "agent", answer.agent(),
                    "address", at.toString(), "round_trip_ms", millis(answer.roundTrip()), "stages_ms", stages)));
            return;
        }
        out.println("peer " + answer.peer());
        out.println("agent " + FormatException.printable(answer.agent()));
        out.println("address " + at);
        answer.steps().forEach(step -> out
                .println(String.format(Locale.ROOT, "%-15s%8.1f ms", step.stage(), millis(step.took()))));
        out.println(String.format(Locale.ROOT, "round trip %.1f ms", millis(answer.roundTrip())));
    }

    private static double millis(Duration time) {
        return Math.round(time.toNanos() / 1e5) / 10.0;
    }
}
