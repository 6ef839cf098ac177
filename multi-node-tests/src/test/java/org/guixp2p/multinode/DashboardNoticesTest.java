// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.multinode;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.guixp2p.api.EventSource;
import org.guixp2p.api.NodeEvent;
import org.guixp2p.node.madeup.MadeUpEvents;
import org.guixp2p.node.madeup.MadeUpNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the dashboard says for a moment, in a real browser. */
@Timeout(120)
class DashboardNoticesTest {
    private static final int NARROW = 380;
    private static final int HIGH = 900;

    @RegisterExtension
    private static final Chromium CHROMIUM = new Chromium();

    /** What comes by itself may come just when somebody presses something. */
    @Test
    void aNoticeLiesOverNothing() {
        MadeUpEvents events = new MadeUpEvents(0);
        AsMadeUp node = new AsMadeUp(new MadeUpNode(InstantSource.system(), new Random(7))) {
            @Override
            public EventSource events() {
                return events;
            }
        };
        try (ServedPage told = new ServedPage(node);
                Chromium.Tab tab = CHROMIUM.open(told.url("overview"), ColorScheme.LIGHT)) {
            Page page = tab.page();
            assertThat(page.locator(".contact")).hasText("Live");
            // They stay: a machine with much to do may take longer to look than they are shown.
            page.evaluate("""
                    () => {
                        const real = window.setTimeout;
                        window.setTimeout = (act, millis) => (millis === 6000 ? 0 : real(act, millis));
                    }
                    """);
            events.publish(Instant.now(), new NodeEvent.DownloadSucceeded(1, "/gnu/store/a-long-name-of-an-item", 1));
            Locator notice = page.locator(".notice");
            assertThat(notice).hasText("a-long-name-of-an-item is there.");
            BoundingBox box = notice.boundingBox();
            assertTrue(box.x + box.width <= page.locator("main").boundingBox().x,
                    () -> "ends at " + (box.x + box.width));
            page.setViewportSize(NARROW, HIGH);
            // It is heard, and not seen.
            assertThat(notice).hasCSS("width", "1px");
            page.evaluate("location.hash = '#/diagnostics'");
            page.getByLabel("Copy the diagnostics").click();
            Locator answer = page.locator(".notice:not(.by-itself)");
            assertThat(answer).isVisible();
            assertEquals(false, answer.evaluate("""
                    (shown) => {
                        const { left, top, width, height } = shown.getBoundingClientRect();
                        return shown.contains(document.elementFromPoint(left + width / 2, top + height / 2));
                    }
                    """));
            tab.assertNoComplaint();
        }
    }
}
