// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.guixp2p.api.PackagePage;
import org.guixp2p.api.PackageStatus;
import org.guixp2p.api.Page;
import org.guixp2p.node.profiles.InstalledPackage;
import org.guixp2p.node.profiles.ProfileReading;
import org.guixp2p.node.stages.Recent;

/** What is installed on this machine, and whether others can have it. */
final class Packages {
    private static final Duration COUNTS = Duration.ofSeconds(10);

    private final Recent<ProfileReading.Installed> installed;
    private final SeedStates states;
    private final Executor one;

    /** @param one a thread of its own: whoever asks often asks one after the other */
    Packages(ProfileReading profiles, SeedStates states, Executor one) {
        this.installed = new Recent<>(profiles::installed, COUNTS, System::nanoTime);
        this.states = states;
        this.one = one;
    }

    CompletionStage<PackagePage> page(List<String> words, Page.Wanted wanted) {
        return installed.get().thenApplyAsync(all -> {
            Page<InstalledPackage> page = Page.of(
                    all.packages().stream().filter(each -> each.has(words)).toList(),
                    InstalledPackage::key, String::compareTo, wanted);
            // Of those only that are shown.
            List<String> found = states.of(page.items().stream().map(each -> each.entry().item()).toList());
            return new PackagePage(new Page<>(IntStream.range(0, found.size())
                    .mapToObj(i -> describe(page.items().get(i), found.get(i))).toList(), page.next()), all.unread());
        }, one);
    }

    private static PackageStatus describe(InstalledPackage installed, String seed) {
        return new PackageStatus(installed.entry().name(), installed.entry().version(), installed.entry().output(),
                installed.entry().item().path(), installed.profile(), seed);
    }
}
