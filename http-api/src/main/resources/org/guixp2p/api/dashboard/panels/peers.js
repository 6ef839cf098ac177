// SPDX-License-Identifier: GPL-3.0-or-later
// Who is connected.
import { swatchOf } from "../colours.js";
import { el, panel, setAttribute, setText } from "../dom.js";
import { action, tryChange } from "../forms.js";
import { count, rate, short } from "../format.js";
import { notice } from "../notices.js";
import { paging } from "../paging.js";
import { table } from "../table.js";

export function peers({ feeds }) {
    const address = el("input", { type: "text", name: "address", placeholder: "guixp2p://PEER-ID@HOST:PORT", autocomplete: "off",
        spellcheck: "false", "aria-label": "Address of a peer" });
    const dial = action("Connect", () => connect(), { main: true, name: "Connect to this peer" });
    address.addEventListener("keydown", (event) => event.key === "Enter" && dial.click());
    const own = panel("Peers", { flush: true });
    /** By peer: what had come and gone when, and how fast that is. */
    const courses = new Map();
    const rows = table("Who is connected", [
        { label: "Peer", kind: "code keep full", make: (cell) => cell.append(el("span", { "aria-hidden": "true" }), el("span")),
            fill(cell, peer) {
                setAttribute(cell.firstChild, "class", swatchOf(peer.peerId));
                setText(cell.lastChild, short(peer.peerId));
            }, title: (peer) => peer.peerId },
        { label: "Address", kind: "code keep full", text: (peer) => peer.address },
        { label: "Client", kind: "cut", text: (peer) => peer.agent, title: (peer) => peer.agent },
        { label: "Dialled by", text: (peer) => (peer.inbound ? "it" : "us") },
        { label: "Score", kind: "number", text: (peer) => (peer.score === undefined ? "–" : peer.score.toFixed(2)) },
        { label: "Down", kind: "number", text: (peer) => speed(peer, "down") },
        { label: "Up", kind: "number", text: (peer) => speed(peer, "up") },
        { label: "Latency", kind: "number", text: (peer) => latency(peer.roundTripMillis) },
    ], (peer) => peer.peerId);
    const pages = paging(feeds.peers, "/api/peers?limit=50");
    const empty = el("p", { class: "absent", hidden: true, text: "Nobody is connected." });
    own.body.append(el("div", { class: "lead line" }, address, dial), rows.root, empty, pages.root);

    function speed(peer, way) {
        const course = courses.get(peer.peerId);
        return course && course[way] > 0 ? rate(course[way]) : "–";
    }

    function measure(all) {
        const now = performance.now();
        const ids = new Set(all.map((peer) => peer.peerId));
        [...courses.keys()].filter((id) => !ids.has(id)).forEach((id) => courses.delete(id));
        for (const peer of all) {
            const before = courses.get(peer.peerId);
            const next = { at: now, received: peer.receivedBytes ?? 0, sent: peer.sentBytes ?? 0, down: 0, up: 0 };
            if (before && now > before.at) {
                next.down = Math.max(0, next.received - before.received) * 1000 / (now - before.at);
                next.up = Math.max(0, next.sent - before.sent) * 1000 / (now - before.at);
            }
            courses.set(peer.peerId, next);
        }
    }

    async function connect() {
        const wanted = address.value.trim();
        if (!/^guixp2p:\/\/[^@]+@.+:\d+$/.test(wanted)) {
            notice("An address as guixp2p://PEER-ID@HOST:PORT is wanted.", true);
            address.focus();
        } else if (await tryChange("POST", "/api/peers", { address: wanted }, "Connected.")) {
            address.value = "";
            feeds.peers.soon();
        }
    }

    function render() {
        if (!own.has(feeds.peers)) {
            return;
        }
        const all = feeds.peers.value;
        measure(all);
        total();
        rows.show(all);
        pages.show();
        empty.hidden = all.length > 0 || pages.page() > 1;
    }

    /** The node lists only so many, but counts all. */
    function total() {
        own.note(`${count(feeds.status.value?.connectedPeers ?? feeds.peers.value?.length ?? 0)} connected`);
    }

    return { root: own.root, watch: [[feeds.peers, render], [feeds.status, total]] };
}

function latency(millis) {
    return millis === null || millis === undefined ? "–" : `${millis < 10 ? millis.toFixed(1) : Math.round(millis)} ms`;
}
