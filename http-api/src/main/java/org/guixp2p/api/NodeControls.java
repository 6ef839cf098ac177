// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.concurrent.CompletionStage;

/**
 * What the API changes in the node, for whoever has shown that he may. Nothing blocks: each answers when it is done. What is not
 * to be had is an {@link Outcome.Refused}; a stage that fails is a node that does not answer.
 */
public interface NodeControls {
    /** Offers an item of the store by its full path, also after a restart. */
    CompletionStage<Outcome<SeedAddition>> addSeed(String storePath);

    /**
     * Offers something no more.
     *
     * @param key an item's full path, the name in it, or a NarHash, with {@code sha256:} before it or without
     */
    CompletionStage<Outcome<SeedRemoval>> removeSeed(String key);

    /** Changes limits on traffic, until the node ends. */
    CompletionStage<Outcome<LimitsStatus>> changeLimits(LimitsChange change);

    /**
     * Changes in which order peers and servers are asked, until the node ends, for what is asked for from then on.
     *
     * @param policy {@code p2p-only}, {@code p2p-first} or {@code http-first}
     */
    CompletionStage<Outcome<PolicyStatus>> changePolicy(String policy);

    /**
     * Dials a peer, whatever came of earlier dials.
     *
     * @param address {@code guixp2p://PEER-ID@HOST:PORT}
     */
    CompletionStage<Outcome<PeerStatus>> connect(String address);

    /**
     * Ends a download that is under way, as one that has failed.
     *
     * @param id as in {@link TransferStatus}
     */
    CompletionStage<Outcome<TransferStatus>> cancel(long id);
}
