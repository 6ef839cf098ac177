// SPDX-License-Identifier: GPL-3.0-or-later
// What is to be had from connected peers, by their inventories.
import { el, panel } from "../dom.js";
import { bytes, count, itemName, short } from "../format.js";
import { paging } from "../paging.js";
import { table } from "../table.js";

export function catalogue({ feeds }) {
    const own = panel("Catalogue", { flush: true });
    const rows = table("What is known to be had", [
        { label: "Item", kind: "name", text: (one) => (one.storePath ? itemName(one.storePath) : short(one.narHash ?? "")),
            title: (one) => one.storePath ?? one.narHash ?? "" },
        { label: "NAR", kind: "code", text: (one) => short(one.narHash ?? ""), title: (one) => one.narHash ?? "" },
        { label: "Size", kind: "number", text: (one) => (one.narBytes > 0 ? bytes(one.narBytes) : "–") },
        { label: "Providers", kind: "number", text: (one) => amount(one.providers ?? one.peers) },
    ], (one) => `${one.storePath} ${one.narHash}`);
    const pages = paging(feeds.catalog, "/api/catalog?limit=25");
    const empty = el("p", { class: "absent", hidden: true, text: "No peer has told of anything yet." });
    own.body.append(rows.root, empty, pages.root);

    function render() {
        if (own.has(feeds.catalog)) {
            const all = Array.isArray(feeds.catalog.value) ? feeds.catalog.value : feeds.catalog.value.items ?? [];
            rows.show(all);
            empty.hidden = all.length > 0;
            pages.show();
        }
    }

    return { root: own.root, watch: [[feeds.catalog, render]] };
}

function amount(providers) {
    return providers === undefined || providers === null ? "–" : count(Array.isArray(providers) ? providers.length : providers);
}
