// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.events;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.node.config.Words;
import org.guixp2p.node.discovery.ProviderDirectory;
import org.guixp2p.node.discovery.ProviderHint;
import org.guixp2p.protocol.item.NarHash;

/** A directory, whose lookups and announcements are events. */
record DirectoryEvents(EventSink events, ProviderDirectory directory) implements ProviderDirectory {
    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

    @Override
    public void announce(Announcement announcement) {
        events.publish(new NodeEvent.AnnouncementStarted(announcement.nar().toString(), true));
        directory.announce(announcement);
    }

    @Override
    public void withdraw(NarHash nar) {
        events.publish(new NodeEvent.AnnouncementWithdrawn(nar.toString(), true));
        directory.withdraw(nar);
    }

    @Override
    public void announcePart(Announcement announcement) {
        events.publish(new NodeEvent.AnnouncementStarted(announcement.nar().toString(), false));
        directory.announcePart(announcement);
    }

    @Override
    public void withdrawPart(NarHash nar) {
        events.publish(new NodeEvent.AnnouncementWithdrawn(nar.toString(), false));
        directory.withdrawPart(nar);
    }

    @Override
    public boolean knowsWhoHasIt() {
        return directory.knowsWhoHasIt();
    }

    @Override
    public Lookup lookup(Question question, Listener listener) {
        events.publish(new NodeEvent.LookupStarted(question.nar().toString()));
        long begun = System.nanoTime();
        return directory.lookup(question, new Listener() {
            private int providers;

            @Override
            public void found(List<ProviderHint> hints) {
                providers += hints.size();
                listener.found(hints);
            }

            @Override
            public void ended(End end) {
                events.publish(new NodeEvent.LookupEnded(question.nar().toString(), Words.of(end), providers,
                        Duration.ofNanos(System.nanoTime() - begun).toNanos() / NANOS));
                listener.ended(end);
            }
        });
    }
}
