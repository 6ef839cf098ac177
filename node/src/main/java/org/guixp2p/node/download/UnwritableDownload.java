// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.download;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.guixp2p.api.BlockMap;
import org.guixp2p.api.TransferStatus;
import org.guixp2p.node.files.IoWords;

/**
 * In the place of a {@link Download} when the disk does not even take an empty file: whoever asks is told so, and the next
 * request tries again.
 */
final class UnwritableDownload {
    private UnwritableDownload() {}

    static Behavior<Download.Command> create(ActorContext<Download.Command> context,
            ActorRef<Downloads.Command> parent, NarRequest request, IOException failure, DownloadTrace trace) {
        String reason = why(failure);
        trace.ended(new TransferStatus(trace.number(), request.path().path(), request.hash().toString(),
                request.size().bytes(), "failed", 0, 0, 0, List.of(), BlockMap.NONE, 0, 0, 0, 0, reason));
        context.getLog().error("{}: {}", request.path(), reason);
        parent.tell(new Downloads.Failed(context.getSelf()));
        AtomicInteger opened = new AtomicInteger();
        return Behaviors.receiveMessage(message -> {
            if (message instanceof Download.Open open) {
                open.answer().complete(OpenedNar.failed(reason));
                parent.tell(new Downloads.Idle(context.getSelf(), opened.incrementAndGet()));
            }
            if (message instanceof Download.Cancel cancel) {
                cancel.replyTo().tell(cancel.number() == trace.number()
                        ? new Cancelled.Over()
                        : new Cancelled.Other());
            }
            return message instanceof Download.Stop ? Behaviors.stopped() : Behaviors.same();
        });
    }

    static String why(IOException failure) {
        return "cannot write below the state directory: " + IoWords.of(failure, Path.of("partial"));
    }
}
