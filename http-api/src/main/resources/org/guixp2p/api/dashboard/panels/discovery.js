// SPDX-License-Identifier: GPL-3.0-or-later
// How others are found, and how they find this node.
import { el, panel, reconcile, setText } from "../dom.js";
import { count, plural, seconds, short } from "../format.js";
import { copyButton } from "../notices.js";
import { Ring } from "../ring.js";
import { table, tagged } from "../table.js";

const LOOKUPS = 12;

export function discovery({ feeds, onEvent }) {
    const own = panel("Discovery", { flush: true });
    const pairs = el("dl", { class: "pairs" });
    const addresses = el("div", { class: "stack" });
    const values = {};
    for (const name of ["Share", "Listens at", "Reached by IPv4", "Reached by IPv6", "DHT", "Known in the DHT"]) {
        values[name] = el("dd");
        pairs.append(el("dt", { text: name }), values[name]);
    }
    const lookups = new Ring(LOOKUPS);
    const rows = table("The latest lookups", [
        { label: "Lookup for", kind: "code keep", text: (one) => short(one.narHash), title: (one) => one.narHash },
        tagged("Ended", (one) => [one.how, one.providers > 0 ? "good" : one.how === "failed" ? "bad" : ""]),
        { label: "Providers", kind: "number", text: (one) => count(one.providers) },
        { label: "Took", kind: "number", text: (one) => seconds(one.seconds) },
    ], (one) => one.number);
    const none = el("p", { class: "soft", text: "Nobody had to be looked for yet." });
    own.body.append(el("div", { class: "lead stack" }, pairs, el("h3", { text: "Others connect by" }), addresses,
        el("h3", { text: "Latest lookups" }), none), rows.root);
    onEvent((event) => event.type === "lookup-ended" && lookups.push(event));

    function render() {
        const status = feeds.status.value;
        if (!own.has(feeds.status)) {
            return;
        }
        setText(values.Share, status.share);
        setText(values["Listens at"], status.listening.join(", ") || "nowhere");
        setText(values["Reached by IPv4"], status.connectivity.ipv4);
        setText(values["Reached by IPv6"], status.connectivity.ipv6);
        setText(values.DHT, status.dhtNodes > 0 ? `${plural(status.dhtNodes, "node")} known` : "no node known");
        setText(values["Known in the DHT"], `under ${plural(status.providerRecords, "key")}${
            feeds.shareInfo.value?.recordKeptBy > 0 ? `; its address is kept by ${plural(feeds.shareInfo.value.recordKeptBy, "node")}` : ""}`);
        reconcile(addresses, feeds.shareInfo.value?.addresses ?? [], (address) => address, (address) => el("div", { class: "copied" },
            el("code", { text: address }), copyButton(`Copy ${address}`, () => address)), () => {});
        tick();
    }

    function tick() {
        none.hidden = lookups.size > 0;
        rows.root.hidden = lookups.size === 0;
        rows.show([...lookups.all()].reverse());
    }

    return { root: own.root, watch: [[feeds.status, render], [feeds.shareInfo, render]], tick };
}
