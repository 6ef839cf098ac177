// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node.gateway;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.guixp2p.node.stages.Stages;
import org.guixp2p.protocol.compress.Compression;
import org.guixp2p.protocol.item.StorePath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What each question is answered with. Blocks nowhere. Safe for several threads. */
final class Routes {
    private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
    private static final Reply CACHE_INFO = Reply.text(Reply.OK,
            "StoreDir: " + StorePath.STORE + "\nWantMassQuery: 0\nPriority: 100\n");

    private final Pages pages;
    private final Nars nars;
    private final GivenUrls urls = new GivenUrls();
    private final Set<String> names;

    /** @param names to which it answers; all of them when there is none */
    Routes(Pages pages, Nars nars, Set<String> names) {
        this.pages = pages;
        this.nars = nars;
        this.names = Set.copyOf(names);
    }

    /**
     * Answers a question; never fails. To be called in the order of a connection's questions.
     *
     * @param asking who asks
     */
    CompletionStage<Reply> answer(Request request, NarsInTurn asking) {
        return Stages.begin(() -> route(request, asking)).exceptionally(failure -> {
            LOG.warn("{}: {}", request.target().path(), String.valueOf(Stages.cause(failure)));
            return Answers.lasting(Reply.of(Reply.INTERNAL_SERVER_ERROR), Answers.SOON);
        });
    }

    /** Only GET is answered by {@code guix publish}; HEAD is too, here. */
    private CompletionStage<Reply> route(Request request, NarsInTurn asking) {
        if (!request.isGet() && !request.isHead()) {
            return CompletableFuture.completedFuture(Answers.nothing(request, Answers.MISS));
        }
        // Else any page could have this machine fetch what it likes.
        if (request.isOfPage()) {
            return CompletableFuture.completedFuture(Reply.of(Reply.FORBIDDEN));
        }
        // A page of a browser here must not read it by a name of its own that leads to this machine.
        if (!names.isEmpty() && !names.contains(request.host())) {
            return CompletableFuture.completedFuture(Reply.of(Reply.MISDIRECTED_REQUEST));
        }
        return switch (urls.meant(request.target().raw(), Resource.of(request.target().segments()))) {
            case Resource.Unknown _ -> CompletableFuture.completedFuture(Answers.nothing(request, Answers.MISS));
            case Resource.CacheInfo _ -> CompletableFuture.completedFuture(CACHE_INFO);
            case Resource.NarinfoOf(String hashPart) -> found(request, hashPart, asking, page -> {
                urls.given(page.item().narinfo());
                return CompletableFuture.completedFuture(page.reply());
            });
            case Resource.NarOf(StorePath path, Compression how) -> nar(request, path, how, asking);
        };
    }

    private CompletionStage<Reply> nar(Request request, StorePath path, Compression how, NarsInTurn asking) {
        CompletableFuture<Done> sent = new CompletableFuture<>();
        return asking.inTurn(sent, () -> found(request, path.hashPart(), asking,
                page -> page.item().path().equals(path)
                        ? nars.answer(request, new Nars.Wanted(page.item(), how), asking.client(), sent)
                        : CompletableFuture.completedFuture(Answers.nothing(request, Answers.MISS))))
                .whenComplete((reply, failure) -> {
                    if (failure != null || reply.isWhole() || request.isHead()) {
                        sent.complete(Done.getInstance());
                    }
                });
    }

    /** What is made of an item's page. */
    private interface Use {
        CompletionStage<Reply> of(Page page);
    }

    private CompletionStage<Reply> found(Request request, String hashPart, NarsInTurn asking, Use use) {
        CompletionStage<Pages.Answer> found = request.isForOfferedAlone()
                ? pages.offered(hashPart)
                : pages.find(hashPart, asking.client()::mayAskAfter);
        return found.thenCompose(answer -> switch (answer) {
            case Pages.Answer.Found(Page page) -> use.of(page);
            case Pages.Answer.Nothing _ -> CompletableFuture.completedFuture(Answers.nothing(request, Answers.MISS));
            case Pages.Answer.Late _ -> CompletableFuture.completedFuture(Answers.nothing(request, Answers.SOON));
            case Pages.Answer.TooMany _ -> CompletableFuture.completedFuture(Answers.tooMany());
        });
    }
}
