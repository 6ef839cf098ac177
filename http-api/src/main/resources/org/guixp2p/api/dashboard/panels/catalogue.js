// SPDX-License-Identifier: GPL-3.0-or-later
// What is to be had from connected peers, by their inventories.
import { el, panel } from "../dom.js";
import { bytes, count, itemName, short } from "../format.js";
import { paging } from "../paging.js";
import { table, tagged } from "../table.js";

export function catalogue({ feeds }) {
    const own = panel("Catalogue", { flush: true });
    const rows = table("What peers have", [
        { label: "Item", kind: "name", text: (one) => itemName(one.storePath), title: (one) => one.storePath },
        tagged("Here", (one) => (one.held ? ["here", "good"] : ["not here", ""])),
        { label: "NAR", kind: "code", text: (one) => short(one.narHash), title: (one) => one.narHash },
        { label: "Size", kind: "number", text: (one) => (one.narBytes > 0 ? bytes(one.narBytes) : "–") },
        { label: "Providers", kind: "number", text: (one) => count(one.providers) },
    ], (one) => `${one.storePath} ${one.narHash}`);
    const pages = paging(feeds.catalog, "/api/catalog?limit=25");
    const empty = el("p", { class: "absent", hidden: true, text: "No peer has told of anything yet." });
    own.body.append(rows.root, empty, pages.root);

    function render() {
        if (own.has(feeds.catalog)) {
            rows.show(feeds.catalog.value);
            pages.show();
            empty.hidden = feeds.catalog.value.length > 0 || pages.page() > 1;
        }
    }

    return { root: own.root, watch: [[feeds.catalog, render]] };
}
