// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;

/** Asks the node that runs how it is doing. */
public final class Observer {
    private static final int MOST_EVENTS = 500;

    private final Path socket;
    private final LongSupplier nanos;
    /** The latest first. */
    private final Deque<Sample.Event> events = new ArrayDeque<>();

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
            // All of it, so that a picture that stands still has every list of the same moment.
            return new Sample(nanos.getAsLong(), Sample.Summary.of(status.getFirst()), transfers, peers,
                    ask(new ControlQuestion.Mirrors()).stream().map(Sample.Server::of).toList(),
                    ask(new ControlQuestion.Builds()).stream().map(Sample.Finished::of).toList(), happened());
        } catch (ConfigException e) {
            throw new IOException("the node at " + socket + " is of another version: " + e.getMessage(), e);
        }
    }

    /** Those that were not heard of yet, and as many as before of the others. A node that was started again goes on with higher numbers. */
    private synchronized List<Sample.Event> happened() throws IOException {
        long last = events.isEmpty() ? 0 : events.getFirst().number();
        ask(new ControlQuestion.Events(last)).stream().map(Sample.Event::of).forEach(events::addFirst);
        while (events.size() > MOST_EVENTS) {
            events.removeLast();
        }
        return List.copyOf(events);
    }

    private List<Config> ask(ControlQuestion question) throws IOException {
        List<Config> answer = new ArrayList<>();
        ControlClient.ask(socket, question, answer::add);
        return answer;
    }
}
