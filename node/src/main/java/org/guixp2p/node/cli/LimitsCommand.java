// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.guixp2p.node.config.ByteRate;
import org.guixp2p.node.config.ConfigException;
import org.guixp2p.node.config.Rates;
import org.guixp2p.node.config.Surroundings;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.LimitsRequest;
import org.guixp2p.protocol.FormatException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Changes the limits of the node that runs. */
@Command(name = "limits", description = "Show or change the limits on traffic of the node that runs, until it ends. A RATE is "
        + "bytes per second, as '500K' or '2MiB'; 0 is no limit.")
final class LimitsCommand implements Callable<Integer> {
    private final Surroundings surroundings;
    private final Duration patience;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--upload", paramLabel = "RATE", converter = Rate.class, description = "To all peers together.")
    private @Nullable ByteRate upload;

    @Option(names = "--download", paramLabel = "RATE", converter = Rate.class, description = "From all peers and servers together.")
    private @Nullable ByteRate download;

    @Option(names = "--upload-per-peer", paramLabel = "RATE", converter = Rate.class, description = "To each peer.")
    private @Nullable ByteRate uploadPerPeer;

    @Option(names = "--download-per-peer", paramLabel = "RATE", converter = Rate.class, description = "From each peer.")
    private @Nullable ByteRate downloadPerPeer;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    /** @param patience how long to wait for the node */
    LimitsCommand(Surroundings surroundings, Duration patience) {
        this.surroundings = surroundings;
        this.patience = patience;
    }

    /** Reads what the settings take too. */
    static final class Rate implements ITypeConverter<ByteRate> {
        @Override
        public ByteRate convert(String text) {
            try {
                return ByteRate.parse(text);
            } catch (FormatException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    @Override
    public Integer call() throws ConfigException {
        Path socket = RunningNode.socket(config, surroundings);
        if (spec == null) {
            throw new IllegalStateException("not run as a command");
        }
        PrintWriter out = spec.commandLine().getOut();
        try {
            Rates rates = ControlClient.change(socket, new LimitsRequest(Optional.ofNullable(upload),
                    Optional.ofNullable(download), Optional.ofNullable(uploadPerPeer),
                    Optional.ofNullable(downloadPerPeer)), patience);
            if (json) {
                out.println(Json.object(LimitsRequest.values(rates)));
            } else {
                LimitsRequest.values(rates).forEach((name, rate) -> out.println(name.replace('_', '-') + ": "
                        + (rate == 0 ? "no limit" : rate + " bytes per second")));
            }
            return ExitCode.OK;
        } catch (IOException e) {
            spec.commandLine().getErr().println("guix-p2p: " + e.getMessage());
            return ExitCode.FAILURE;
        }
    }
}
