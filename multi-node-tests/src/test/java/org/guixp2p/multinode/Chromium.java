// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A browser for the tests of a class: that of the machine, without a window. They are skipped where there is none. */
final class Chromium implements BeforeAllCallback, AfterAllCallback {
    private static final int WIDE = 1360;
    private static final int HIGH = 900;
    private static final double PATIENCE_MILLIS = 30_000;

    private Optional<Running> running = Optional.empty();

    private record Running(Playwright playwright, Browser browser) {}

    /** A page in it, with what it complained of. */
    static final class Tab implements AutoCloseable {
        private final List<String> complaints = new ArrayList<>();
        private final BrowserContext context;
        private final Page page;

        private Tab(BrowserContext context) {
            this.context = context;
            this.page = context.newPage();
            page.setDefaultTimeout(PATIENCE_MILLIS);
            page.onConsoleMessage(message -> {
                if (message.type().equals("error") || message.type().equals("warning")) {
                    complaints.add(message.text());
                }
            });
            page.onPageError(complaints::add);
        }

        Page page() {
            return page;
        }

        /** What was complained of so far is known. */
        void forgive() {
            complaints.clear();
        }

        void assertNoComplaint() {
            assertEquals(List.of(), complaints);
        }

        @Override
        public void close() {
            context.close();
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Optional<Path> program = Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .map(directory -> Path.of(directory, "chromium")).filter(Files::isExecutable).findFirst();
        assumeTrue(program.isPresent(), "chromium is not installed");
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
        Playwright playwright = Playwright
                .create(new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        running = Optional.of(new Running(playwright,
                playwright.chromium().launch(new BrowserType.LaunchOptions().setExecutablePath(program.get())
                        .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage")))));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        running.ifPresent(it -> {
            it.browser.close();
            it.playwright.close();
        });
    }

    Tab open(String url, ColorScheme scheme) {
        return open(url, scheme, WIDE);
    }

    /** Opens a page for somebody who likes these colours, so many pixels wide. */
    Tab open(String url, ColorScheme scheme, int width) {
        Tab tab = new Tab(context(scheme, width));
        tab.page().navigate(url);
        return tab;
    }

    /** Opens so many pages of one user, which share all that a browser shares; each closes all of them. */
    List<Tab> openTogether(String url, int count) {
        BrowserContext shared = context(ColorScheme.LIGHT, WIDE);
        List<Tab> tabs = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            Tab tab = new Tab(shared);
            tabs.add(tab);
            tab.page().navigate(url);
        }
        return tabs;
    }

    private BrowserContext context(ColorScheme scheme, int width) {
        return running.orElseThrow().browser.newContext(
                new Browser.NewContextOptions().setColorScheme(scheme).setViewportSize(width, HIGH));
    }
}
