// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;

/** Asks the node that runs how it is doing. */
public final class Observer {
    private final Path socket;
    private final LongSupplier nanos;

    /**
     * @param socket where the node answers its user
     * @param nanos a clock that only goes forward
     */
    public Observer(Path socket, LongSupplier nanos) {
        this.socket = socket;
        this.nanos = nanos;
    }

    /**
     * Asks now.
     *
     * @throws IOException when it does not answer, or something else than is expected
     */
    public Sample look() throws IOException {
        try {
            List<Config> status = ask(new ControlQuestion.Status());
            if (status.isEmpty()) {
                throw new IOException("the node at " + socket + " does not say how it is doing");
            }
            List<Sample.Transfer> transfers = ask(new ControlQuestion.Transfers()).stream().map(Sample.Transfer::of)
                    .toList();
            List<Sample.Peer> peers = ask(new ControlQuestion.Peers()).stream().map(Sample.Peer::of).toList();
            return new Sample(nanos.getAsLong(), Sample.Summary.of(status.getFirst()), transfers, peers);
        } catch (ConfigException e) {
            throw new IOException("the node at " + socket + " is of another version: " + e.getMessage(), e);
        }
    }

    private List<Config> ask(ControlQuestion question) throws IOException {
        List<Config> answer = new ArrayList<>();
        ControlClient.ask(socket, question, answer::add);
        return answer;
    }
}
