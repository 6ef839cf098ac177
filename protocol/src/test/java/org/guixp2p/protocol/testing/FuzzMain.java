// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.protocol.testing;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs one fuzz target in a JVM of its own: a JVM whose environment says {@code JAZZER_FUZZ} fuzzes one and no more. */
public final class FuzzMain {
    private FuzzMain() {}

    /** Arguments: class, method, seconds. */
    public static void main(String[] arguments) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .filters(EngineFilter.includeEngines("junit-jupiter"))
                .selectors(selectMethod(arguments[0], arguments[1], "byte[]"))
                // As on the command line of libFuzzer, whose first argument is its name.
                .configurationParameter("jazzer.internal.arg.0", "fuzz")
                .configurationParameter("jazzer.internal.arg.1", "-max_total_time=" + arguments[2])
                .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        summary.printFailuresTo(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        boolean fine = summary.getTestsSucceededCount() > 0 && summary.getTotalFailureCount() == 0;
        System.exit(fine ? 0 : 1);
    }
}
