// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/** The servers of one download, one after another. Part of the {@link Download} actor, on its thread. */
final class ServerSide {
    private final ActorContext<Download.Command> context;
    private final DownloadContext node;
    private final Deque<NarSupply> left;
    private @Nullable NarSupply current;
    private @Nullable ServerLane lane;
    private String url = "";

    ServerSide(ActorContext<Download.Command> context, NarRequest request, DownloadContext node) {
        this.context = context;
        this.node = node;
        this.left = new ArrayDeque<>(request.servers());
    }

    /** Whether a server is left to be tried. */
    boolean hasNext() {
        return !left.isEmpty();
    }

    /** The server begun with last did nothing that can be held against it: it is the next one again. */
    void again() {
        if (current != null) {
            left.addFirst(current);
            current = null;
        }
    }

    /** Begins with the next server, if there is one: it sends the whole, and what is missing is taken from it. */
    boolean startNext(Attempt attempt) {
        stop();
        NarSupply supply = left.poll();
        current = supply;
        if (supply == null) {
            return false;
        }
        url = supply.url();
        int number = attempt.number();
        String server = url;
        ActorRef<Download.Command> self = context.getSelf();
        lane = new ServerLane(context.getSystem(), supply, attempt.layout(), attempt.file(), attempt.scheduler().done(),
                node.disk(),
                block -> self.tell(new Download.ServerStored(number, block, attempt.layout().length(block), server)),
                failure -> self.tell(new Download.ServerEnded(number, failure)));
        return true;
    }

    /** What is or was fetched from last. */
    String url() {
        return url;
    }

    void stop() {
        if (lane != null) {
            lane.stop();
            lane = null;
        }
    }
}
