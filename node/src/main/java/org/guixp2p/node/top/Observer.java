// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.top;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.guixp2p.node.control.ControlClient;
import org.guixp2p.node.control.ControlQuestion;
import org.guixp2p.protocol.FormatException;

/** Asks the node that runs how it is doing. */
public final class Observer {
    private static final int MOST_EVENTS = 500;

    private final Path socket;
    private final LongSupplier nanos;
    /** The latest first. */
    private final Deque<Sample.Event> events = new ArrayDeque<>();
    private long uptimeBefore;

    /**
     * @param socket where the node answers its user
     * @param nanos a clock that only goes forward
     */
    public Observer(Path socket, LongSupplier nanos) {
        this.socket = socket;
        this.nanos = nanos;
    }

    /**
     * Asks now for all that there are lists of.
     *
     * @throws IOException when it does not answer, or something else than is expected
     */
    public Sample look() throws IOException {
        // All of it, so that a picture that stands still has every list of the same moment.
        return look(status -> {
            Map<Listing, String> withheld = new EnumMap<>(Listing.class);
            List<Sample.Server> servers = known(Listing.SERVERS, withheld,
                    () -> ask(new ControlQuestion.Mirrors(), Sample.Server::of));
            List<Sample.Finished> finished = known(Listing.FINISHED, withheld,
                    () -> ask(new ControlQuestion.Builds(), Sample.Finished::of));
            List<Sample.Event> happened = known(Listing.EVENTS, withheld, () -> happened(status.uptimeSeconds()));
            return new Sample(nanos.getAsLong(), status, transfers(), peers(), servers, finished, happened, withheld);
        });
    }

    /**
     * Asks now for downloads and peers alone.
     *
     * @throws IOException likewise
     */
    public Sample lookAtActivity() throws IOException {
        return look(status -> new Sample(nanos.getAsLong(), status, transfers(), peers(), List.of(), List.of(),
                List.of(), Map.of()));
    }

    private interface Looking {
        Sample at(Sample.Summary status) throws IOException;
    }

    private Sample look(Looking looking) throws IOException {
        try {
            List<Sample.Summary> status = ask(new ControlQuestion.Status(), Sample.Summary::of);
            if (status.isEmpty()) {
                throw new IOException("the node at " + socket + " does not say how it is doing");
            }
            return looking.at(status.getFirst());
        } catch (ConfigException e) {
            throw new IOException("the node at " + socket + " is of another version: " + e.getMessage(), e);
        }
    }

    private List<Sample.Transfer> transfers() throws IOException {
        return ask(new ControlQuestion.Transfers(), Sample.Transfer::of);
    }

    private List<Sample.Peer> peers() throws IOException {
        return ask(new ControlQuestion.Peers(), Sample.Peer::of);
    }

    private interface Asking<T> {
        List<T> ask() throws IOException;
    }

    /** A node of another version may not know of a list, or say something else of it: the others are shown all the same. */
    private static <T> List<T> known(Listing list, Map<Listing, String> withheld, Asking<T> asking) throws IOException {
        try {
            return asking.ask();
        } catch (ConfigException e) {
            withheld.put(list, FormatException.printable("the node is of another version: " + e.getMessage()));
        } catch (IOException e) {
            if (!(e.getCause() instanceof FormatException)) {
                throw e;
            }
            withheld.put(list, FormatException.printable(String.valueOf(e.getMessage())));
        }
        return List.of();
    }

    /** Those that were not heard of yet, and as many as before of the others; of a node that was started again, its own. */
    private synchronized List<Sample.Event> happened(long uptimeSeconds) throws IOException {
        if (uptimeSeconds < uptimeBefore) {
            // Its numbers begin with the time of its start, which may be earlier by a clock that was set back.
            events.clear();
        }
        uptimeBefore = uptimeSeconds;
        long last = events.isEmpty() ? 0 : events.getFirst().number();
        ask(new ControlQuestion.Events(last), Sample.Event::of).forEach(events::addFirst);
        while (events.size() > MOST_EVENTS) {
            events.removeLast();
        }
        return List.copyOf(events);
    }

    private <T> List<T> ask(ControlQuestion question, Function<Config, T> read) throws IOException {
        List<Config> answer = new ArrayList<>();
        ControlClient.ask(socket, question, answer::add);
        return answer.stream().map(read).toList();
    }
}
