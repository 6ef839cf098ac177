// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.api;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What it takes some work to find out of the node. It is found out once for all who ask within a moment, on threads that nobody else
 * waits for.
 */
public interface NodeInsight {
    /** What is missing for the node to serve, each in a line for people; nothing when it can. */
    CompletionStage<List<String>> notReady();

    /** What it counts, in Prometheus' text format, version 0.0.4. */
    CompletionStage<String> metrics();
}
