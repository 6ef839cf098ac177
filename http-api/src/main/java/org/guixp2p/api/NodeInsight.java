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

    /**
     * What profiles of this machine have installed, by name.
     *
     * @param words each stands in the name, the version, the output, the store path or the profile, in whatever case
     */
    CompletionStage<PackagePage> packages(List<String> words, Page.Wanted wanted);

    /** What peers who are connected have, as far as the node knows it by name: by store path. */
    CompletionStage<Page<CatalogItem>> catalog(Page.Wanted wanted);

    /** What is well and what is not, in a fixed order, and what to do. */
    CompletionStage<List<DiagnosticStatus>> diagnostics();
}
