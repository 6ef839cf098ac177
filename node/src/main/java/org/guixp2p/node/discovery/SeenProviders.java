// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.discovery;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.guixp2p.protocol.item.NarHash;

/** How many providers the last lookup of each NAR found, of the NARs that were looked up last. Safe for several threads. */
public final class SeenProviders {
    private static final int MOST = 4096;

    private final LongSupplier nanos;
    private final Map<NarHash, Lately> byNar = new LinkedHashMap<>(16, 0.75f, true);

    private record Lately(int providers, long atNanos) {}

    /**
     * What a lookup found.
     *
     * @param providers how many who are said to have the NAR
     * @param ago when it ended
     */
    public record Seen(int providers, Duration ago) {}

    /** @param nanos a clock as {@link System#nanoTime} */
    public SeenProviders(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** The last lookup of a NAR, if it is remembered. */
    public synchronized Optional<Seen> last(NarHash nar) {
        Lately lately = byNar.get(nar);
        return lately == null
                ? Optional.empty()
                : Optional.of(new Seen(lately.providers(), Duration.ofNanos(nanos.getAsLong() - lately.atNanos())));
    }

    private synchronized void ended(NarHash nar, int providers) {
        byNar.put(nar, new Lately(providers, nanos.getAsLong()));
        if (byNar.size() > MOST) {
            byNar.remove(byNar.keySet().iterator().next());
        }
    }

    /** The same directory, of whose lookups this takes notice. */
    public ProviderDirectory watching(ProviderDirectory directory) {
        return new Watched(directory);
    }

    private final class Watched implements ProviderDirectory {
        private final ProviderDirectory directory;

        private Watched(ProviderDirectory directory) {
            this.directory = directory;
        }

        @Override
        public void announce(Announcement announcement) {
            directory.announce(announcement);
        }

        @Override
        public void withdraw(NarHash nar) {
            directory.withdraw(nar);
        }

        @Override
        public void announcePart(Announcement announcement) {
            directory.announcePart(announcement);
        }

        @Override
        public void withdrawPart(NarHash nar) {
            directory.withdrawPart(nar);
        }

        @Override
        public boolean knowsWhoHasIt() {
            return directory.knowsWhoHasIt();
        }

        @Override
        public Lookup lookup(Question question, Listener listener) {
            return directory.lookup(question, new Listener() {
                private int providers;

                @Override
                public void found(List<ProviderHint> hints) {
                    // Of those nearby nobody knows what they have.
                    providers += (int) hints.stream().filter(hint -> !(hint instanceof ProviderHint.Nearby)).count();
                    listener.found(hints);
                }

                @Override
                public void ended(End end) {
                    // One that was cut short before it found anybody says nothing.
                    if (providers > 0 || end == End.EXHAUSTED) {
                        SeenProviders.this.ended(question.nar(), providers);
                    }
                    listener.ended(end);
                }
            });
        }
    }
}
