// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.guixp2p.persistence.reputation.Reputation;
import org.guixp2p.protocol.item.NarHash;
import org.guixp2p.protocol.swarm.HostAndPort;
import org.guixp2p.protocol.swarm.PeerAddress;
import org.guixp2p.protocol.swarm.PeerId;

/**
 * Several directories as one. A lookup asks the nearest first, and each of the others when those before it have ended or have
 * had their time, unless enough was found by then. What comes together is told in the order in which {@link Reputation} would
 * have it asked, whoever is refused not at all, and whoever has been told of, under whatever name, not again.
 */
public final class CompositeDirectory implements ProviderDirectory {
    private final List<ProviderDirectory> nearestFirst;
    private final Duration headStart;
    private final Reputation reputation;
    private final Alarm alarm;

    /** @param headStart how long each is asked before the next one is asked too */
    public CompositeDirectory(List<ProviderDirectory> nearestFirst, Duration headStart, Reputation reputation,
            Alarm alarm) {
        this.nearestFirst = List.copyOf(nearestFirst);
        this.headStart = headStart;
        this.reputation = reputation;
        this.alarm = alarm;
    }

    @Override
    public void announce(Announcement announcement) {
        nearestFirst.forEach(directory -> directory.announce(announcement));
    }

    @Override
    public void withdraw(NarHash nar) {
        nearestFirst.forEach(directory -> directory.withdraw(nar));
    }

    @Override
    public void announcePart(Announcement announcement) {
        nearestFirst.forEach(directory -> directory.announcePart(announcement));
    }

    @Override
    public void withdrawPart(NarHash nar) {
        nearestFirst.forEach(directory -> directory.withdrawPart(nar));
    }

    @Override
    public Lookup lookup(Question question, Listener listener) {
        OpenLookup lookup = new OpenLookup(question, listener, alarm);
        Round round = new Round(question, lookup);
        lookup.inTurn(round::askNext);
        return lookup;
    }

    /** One lookup in all of them. All in the lookup's turn. */
    private final class Round {
        private final Question question;
        private final OpenLookup lookup;
        private final Set<PeerId> connected = new HashSet<>();
        private final Set<HostAndPort> named = new HashSet<>();
        private final Set<HostAndPort> unnamed = new HashSet<>();
        private final Set<End> ends = EnumSet.noneOf(End.class);
        private int asked;
        private int ended;

        private Round(Question question, OpenLookup lookup) {
            this.question = question;
            this.lookup = lookup;
        }

        private void askNext() {
            if (asked == nearestFirst.size()) {
                if (ended == asked) {
                    lookup.end(end());
                }
                return;
            }
            int number = asked++;
            ProviderDirectory directory = nearestFirst.get(number);
            Lookup part = directory.lookup(question, new Listener() {
                @Override
                public void found(List<ProviderHint> hints) {
                    lookup.inTurn(() -> {
                        if (directory.knowsWhoHasIt()) {
                            lookup.found(fresh(hints));
                        } else {
                            // They take no place of those who are known to have it.
                            lookup.foundBeside(fresh(hints));
                        }
                    });
                }

                @Override
                public void ended(End end) {
                    lookup.inTurn(() -> over(end));
                }
            });
            lookup.afterwards(part::cancel);
            lookup.afterwards(alarm.after(headStart, () -> lookup.inTurn(() -> askAfter(number))));
        }

        /** A directory has had its head start: the one after it is asked, if it was not. */
        private void askAfter(int number) {
            if (asked == number + 1) {
                askNext();
            }
        }

        private void over(End end) {
            ends.add(end);
            ended++;
            if (ended == asked) {
                askNext();
            }
        }

        /** What the ends of all come to. */
        private End end() {
            if (ends.equals(EnumSet.of(End.FAILED))) {
                return End.FAILED;
            }
            return ends.contains(End.LATE) ? End.LATE : End.EXHAUSTED;
        }

        private List<ProviderHint> fresh(List<ProviderHint> hints) {
            return ranked(hints).stream().filter(this::isNew).toList();
        }

        /** Whoever has no name comes last. */
        private List<ProviderHint> ranked(List<ProviderHint> hints) {
            Map<PeerId, List<ProviderHint>> welcome = new HashMap<>();
            for (ProviderHint hint : hints) {
                hint.peer().filter(peer -> reputation.refusedFor(peer).isEmpty())
                        .ifPresent(peer -> welcome.computeIfAbsent(peer, first -> new ArrayList<>()).add(hint));
            }
            List<ProviderHint> ranked = new ArrayList<>();
            reputation.rank(welcome.keySet()).forEach(peer -> ranked.addAll(welcome.getOrDefault(peer, List.of())));
            hints.stream().filter(hint -> hint.peer().isEmpty()).forEach(ranked::add);
            return ranked;
        }

        private boolean isNew(ProviderHint hint) {
            return switch (hint) {
                case ProviderHint.Connected(PeerId id) -> connected.add(id);
                case ProviderHint.Known(PeerAddress address) -> {
                    named.add(address.endpoint());
                    yield !connected.contains(address.id()) && !unnamed.contains(address.endpoint());
                }
                case ProviderHint.Nearby(PeerAddress address, int _) -> !connected.contains(address.id());
                case ProviderHint.Unnamed(HostAndPort address) -> !named.contains(address) && unnamed.add(address);
            };
        }
    }
}
