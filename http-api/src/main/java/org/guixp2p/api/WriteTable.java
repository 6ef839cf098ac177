// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.guixp2p.api.WriteBody.Kind;
import org.guixp2p.api.WriteBody.Member;

/** All that can be changed, and how it is described: as {@link ApiTable} is for what can be read. */
final class WriteTable {
    private static final String POST = "POST";
    private static final String ADDRESS = "address";
    private static final String CODE = "code";
    private static final String POLICY = "policy";
    private static final String STORE_PATH = "store_path";
    private static final String UPLOAD = "upload";
    private static final String DOWNLOAD = "download";
    private static final String UPLOAD_PER_PEER = "uploadPerPeer";
    private static final String DOWNLOAD_PER_PEER = "downloadPerPeer";

    /**
     * What is wished for.
     *
     * @param key what stands in the path in place of a name in braces
     */
    record Wish(Optional<String> key, WriteBody body) {
        private String required() {
            return key.orElseThrow();
        }
    }

    /**
     * One path and method.
     *
     * @param about what is done, in words
     * @param isOpen whether no token is needed
     * @param members those of the body; without any there is to be none
     * @param createsSomething whether 201 is an answer
     * @param answer of what record the answer is
     * @param acts does it
     */
    record Row(String method, String path, String about, boolean isOpen, List<Member> members,
            boolean createsSomething, Class<?> answer, Function<Wish, CompletionStage<? extends Outcome<?>>> acts) {
        private PathPattern pattern() {
            return new PathPattern(path);
        }

        Optional<String> key(List<String> segments) {
            return pattern().key(segments);
        }
    }

    private final List<Row> rows;

    private WriteTable(List<Row> rows) {
        this.rows = rows;
    }

    /** Nothing can be changed. */
    static WriteTable none() {
        return new WriteTable(List.of());
    }

    static WriteTable of(NodeControls node, WriteAccess access) {
        return new WriteTable(List.of(
                new Row(POST, "/api/session",
                        "Gives a token for a code of 'guix-p2p dashboard', which holds once and for two minutes.",
                        true, List.of(text(CODE, "what the link has behind #link=")), false, SessionToken.class,
                        wish -> CompletableFuture.completedFuture(access.exchange(wish.body().text(CODE)))),
                new Row(POST, "/api/seeds", "Offers an item of the store, also after a restart.", false,
                        List.of(text(STORE_PATH, "the item's full path")), true, SeedAddition.class,
                        wish -> node.addSeed(wish.body().text(STORE_PATH))),
                new Row("DELETE", "/api/seeds/{hash}",
                        "Offers something no more, by its NarHash, its store path or the name in that.", false,
                        List.of(), false, SeedRemoval.class, wish -> node.removeSeed(wish.required())),
                new Row(POST, "/api/limits", "Changes limits on traffic, until the node ends; those not named stay.",
                        false,
                        List.of(rate(UPLOAD), rate(DOWNLOAD), rate(UPLOAD_PER_PEER), rate(DOWNLOAD_PER_PEER)), false,
                        LimitsStatus.class, wish -> node.changeLimits(limits(wish.body()))),
                new Row(POST, "/api/policy",
                        "Changes in which order peers and servers are asked, until the node ends, for what is asked "
                                + "for from then on.",
                        false, List.of(text(POLICY, "p2p-only, p2p-first or http-first")), false, PolicyStatus.class,
                        wish -> node.changePolicy(wish.body().text(POLICY))),
                new Row(POST, "/api/peers", "Dials a peer; answers when it is connected, or is not.", false,
                        List.of(text(ADDRESS, "guixp2p://PEER-ID@HOST:PORT")), true, PeerStatus.class,
                        wish -> node.connect(wish.body().text(ADDRESS))),
                new Row(POST, "/api/transfers/{id}/cancel", "Ends a download that is under way, as one that failed.",
                        false, List.of(), false, TransferStatus.class, wish -> node.cancel(number(wish.required())))));
    }

    private static LimitsChange limits(WriteBody body) {
        return new LimitsChange(body.number(UPLOAD), body.number(DOWNLOAD), body.number(UPLOAD_PER_PEER),
                body.number(DOWNLOAD_PER_PEER));
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new BadQuestionException("the number of a download expected");
        }
    }

    private static Member text(String name, String about) {
        return new Member(name, about, Kind.STRING, true);
    }

    private static Member rate(String name) {
        return new Member(name, "bytes per second; 0 is no limit", Kind.INTEGER, false);
    }

    List<Row> rows() {
        return rows;
    }

    /** What is done at a path, decoded and without empty segments, by each method. */
    List<Row> find(List<String> segments) {
        return rows.stream().filter(row -> row.pattern().matches(segments)).toList();
    }
}
