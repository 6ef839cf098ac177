// SPDX-License-Identifier: GPL-3.0-or-later
// Puts the page together.
import { forgetDescription } from "./api.js";
import { feeds as makeFeeds } from "./feeds.js";
import { settle } from "./focus.js";
import { itemName } from "./format.js";
import { header } from "./header.js";
import { Live } from "./live.js";
import { views } from "./nav.js";
import { mention, notice } from "./notices.js";
import { catalogue } from "./panels/catalogue.js";
import { diagnostics, report } from "./panels/diagnostics.js";
import { discovery } from "./panels/discovery.js";
import { events } from "./panels/events.js";
import { finished } from "./panels/finished.js";
import { graph } from "./panels/graph.js";
import { packages } from "./panels/packages.js";
import { peers } from "./panels/peers.js";
import { readiness } from "./panels/readiness.js";
import { seeds } from "./panels/seeds.js";
import { servers } from "./panels/servers.js";
import { access, configuration, limits, policy } from "./panels/settings.js";
import { summary } from "./panels/summary.js";
import { transfers } from "./panels/transfers.js";
import { Rates } from "./rates.js";
import { begin } from "./session.js";

const TICK = 1_000;
/** What is offered, as far as it is remembered here: for the last stage of a transfer. */
const OFFERED = 4_096;

const feeds = makeFeeds();
const rates = new Rates();
const offered = new Set();
const listeners = [];
const node = { feeds, rates, offered, onEvent: (listener) => listeners.push(listener) };

const trouble = await begin();
let outage = false;
const live = new Live(take, (...state) => {
    top.contact(...state);
    if (state[0] === "stale") {
        outage = true;
        forgetDescription();
    } else if (state[0] === "live" && outage) {
        outage = false;
        Object.values(feeds).forEach((feed) => feed.soon());
    }
});
const top = header(() => live.tryNow());
const shown = views([
    { name: "overview", title: "Overview", panels: [summary(node), graph(node), readiness(node), transfers(node), finished(node)] },
    { name: "items", title: "Items", panels: [seeds(node), packages(node), catalogue(node)] },
    { name: "network", title: "Network", panels: [peers(node), discovery(node), servers(node)] },
    { name: "events", title: "Events", panels: [events(node)] },
    { name: "diagnostics", title: "Diagnostics", panels: [diagnostics(node), report(node)] },
    { name: "settings", title: "Settings", panels: [access(), limits(node), policy(node), configuration(node)] },
]);

function offer(narHash) {
    if (offered.size >= OFFERED) {
        offered.delete(offered.values().next().value);
    }
    offered.add(narHash);
}

function take(event) {
    rates.take(event);
    listeners.forEach((listener) => listener(event));
    if (event.type === "seed-added") {
        offer(event.narHash);
        feeds.seeds.soon();
        feeds.packages.soon();
    } else if (event.type === "seed-removed") {
        offered.delete(event.narHash);
        feeds.seeds.soon();
        feeds.packages.soon();
    } else if (event.topic === "transfers") {
        feeds.transfers.soon();
        if (event.type === "download-succeeded" || event.type === "download-failed") {
            feeds.builds.soon();
            feeds.downloads.soon();
            tell(event);
        }
    } else if (event.topic === "peers") {
        feeds.peers.soon();
    }
}

/** Of what happened just now, not of what is remembered from before. */
function tell(event) {
    if (Date.now() - Date.parse(event.at) < 10_000) {
        mention(`${itemName(event.storePath)} ${event.type === "download-succeeded" ? "is there." : "did not come."}`);
    }
}

/** A link may be opened in a tab that shows the page already: that is not loaded again. */
async function takeLink() {
    if (location.hash.startsWith("#link=")) {
        const refused = await begin();
        notice(refused ?? "This tab may change settings now.", refused !== null);
        // Where there was no room for whoever may only look, there may be by now.
        live.tryNow();
    }
}

feeds.status.watch(top.status);
feeds.status.watch(({ value, heard }) => value !== null && rates.note(value, heard));
addEventListener("hashchange", takeLink);
setInterval(() => {
    top.tick();
    if (!document.hidden) {
        shown.panels().forEach((panel) => panel.tick?.());
        settle();
    }
}, TICK);
document.addEventListener("theme", () => shown.panels().forEach((panel) => panel.tick?.()));
if (trouble !== null) {
    notice(trouble, true);
}
live.run();
