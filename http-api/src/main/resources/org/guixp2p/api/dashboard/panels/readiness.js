// SPDX-License-Identifier: GPL-3.0-or-later
// Whether all is in place, and what to do where it is not.
import { el, panel, reconcile, setAttribute, setText } from "../dom.js";
import { whileSo } from "../feeds.js";
import { itemName, plural } from "../format.js";

const MARKS = { good: ["✓", "Ready"], warn: ["!", "To do"], wait: ["…", "Not yet"] };

export function readiness({ feeds }) {
    const own = panel("Readiness", { place: "side", flush: true });
    const list = el("ul", { class: "checks" });
    own.body.append(list);

    function render() {
        const status = feeds.status.value;
        if (!own.has(feeds.status)) {
            return;
        }
        const checks = [integration(status), bootstrap(status, feeds.config.value), peers(status),
            transfer(feeds.downloads.value, feeds.refused.value), share(status, feeds.shareInfo.value)];
        const ready = checks.filter(([, state]) => state === "good").length;
        own.note(`${ready} of ${checks.length} ready`);
        reconcile(list, checks, ([name]) => name, make, fill);
    }

    return { root: own.root, watch: [[feeds.status, render], [feeds.config, render], [feeds.downloads, render], [feeds.shareInfo, render],
        [whileSo(feeds.downloads, ({ value }) => value?.length === 0, feeds.refused), render]] };
}

function make() {
    return el("li", {}, el("span", { class: "mark", "aria-hidden": "true" }), el("span", { class: "name" }), el("p"), el("p", { class: "next" }));
}

function fill(row, [name, state, seen, next]) {
    const [mark, title, text, todo] = row.children;
    setText(mark, MARKS[state][0]);
    setAttribute(mark, "class", `mark ${state === "wait" ? "soft" : state}`);
    if (!title.firstChild) {
        title.append(name, el("span", { class: "unseen" }));
    }
    setText(title.lastChild, `: ${MARKS[state][1]}`);
    setText(text, seen);
    setText(todo, next ?? "");
}

/** Builds are known from others' questions too, and clients of the gateway download: only its commands show that guix-daemon asks here. */
function integration(status) {
    const known = `${plural(status.buildsSeen, "build")} ${status.buildsSeen === 1 ? "is" : "are"} known by trusted narinfos`;
    return status.daemonCommands > 0
        ? ["Guix integration", "good", known]
        : ["Guix integration", "wait", `${known}; guix-daemon has not asked yet`,
            "Install something with Guix. When nothing arrives here, run 'guix-p2p doctor', and 'guix-p2p setup' if it was not done."];
}

function bootstrap(status, config) {
    const named = config?.bootstrap_peers?.length ?? 0;
    const ways = [named > 0 ? plural(named, "named peer") : null, status.dhtNodes > 0 ? plural(status.dhtNodes, "DHT node") : null,
        config?.lan === "on" ? "the local network" : null].filter((way) => way !== null);
    if (config === null && status.dhtNodes + status.connectedPeers === 0) {
        return ["Bootstrap", "wait", "Not known yet", "The settings have not been read; when that stays so, see 'guix-p2p doctor'."];
    }
    return named + status.dhtNodes + status.connectedPeers > 0
        ? ["Bootstrap", "good", ways.length ? `By ${ways.join(", ")}` : "Peers are known"]
        : ["Bootstrap", "warn", ways.length ? `Only by ${ways.join(", ")}` : "There is no way to find anybody",
            "Add a peer under Network, name some in 'bootstrap_peers', or set 'share = \"world\"' for the DHT."];
}

function peers(status) {
    return status.connectedPeers > 0
        ? ["Peers", "good", `${plural(status.connectedPeers, "peer")} connected`]
        : ["Peers", "warn", "Nobody is connected", "Ask somebody for the line that 'guix-p2p share-info' prints, and add it under Network."];
}

function transfer(downloads, refusals) {
    const over = downloads ?? [];
    const fromPeers = over.filter((build) => build.from === "peers" || build.from === "peers-and-servers").length;
    if (fromPeers > 0) {
        return ["Transfer", "good", `${fromPeers} of the last ${plural(over.length, "download")} came from peers`];
    }
    const why = over.find((build) => build.whyNotPeers !== null);
    if (why) {
        return ["Transfer", "warn", "Nothing has come from peers yet", `The last one: ${why.answer}`];
    }
    const refused = over.length === 0 ? refusals?.[0] : undefined;
    return ["Transfer", "wait", over.length === 0 ? "Nothing was downloaded yet" : "Nothing has come from peers yet",
        refused ? `${itemName(refused.storePath)}: ${refused.answer}` : "It comes by itself when something is installed with Guix."];
}

function share(status, info) {
    if (status.share === "off") {
        return ["Share", "warn", "Nothing is given to others", "Set 'share = \"lan\"' or 'share = \"world\"' to give others what you have."];
    }
    const { ipv4, ipv6 } = status.connectivity;
    const reached = ipv4 === "reachable" || ipv6 === "reachable";
    const offered = `${plural(status.seeds, "item")} offered to ${status.share === "world" ? "the world" : "the local network"}`;
    if (status.share === "world" && !reached && (ipv4 === "unreachable" || ipv6 === "unreachable")) {
        return ["Share", "warn", `${offered}, but peers elsewhere do not get through`,
            "Forward the port in your router, or turn on 'port_mapping'."];
    }
    return status.seeds > 0
        ? ["Share", "good", offered]
        : ["Share", "wait", offered, info?.addresses?.length === 0 ? "Nobody can connect: see 'guix-p2p doctor'." : "What is downloaded from now on is offered; more under Items."];
}
