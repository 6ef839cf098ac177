// SPDX-License-Identifier: GPL-3.0-or-later
// What others can have of this node.
import { el, panel, setText } from "../dom.js";
import { action, tryChange } from "../forms.js";
import { bytes, count, itemName, short } from "../format.js";
import { notice } from "../notices.js";
import { paging } from "../paging.js";
import { table, tagged } from "../table.js";

const SOURCES = { store: "named", registered: "store", kept: "downloaded" };

export function seeds({ feeds }) {
    const path = el("input", { type: "text", name: "store_path", placeholder: "/gnu/store/…", autocomplete: "off", spellcheck: "false",
        "aria-label": "Store path to offer" });
    const add = action("Offer", () => offer(path), { main: true, name: "Offer this item" });
    path.addEventListener("keydown", (event) => event.key === "Enter" && add.click());
    const own = panel("Seeds", { flush: true });
    const rows = table("What others can have", [
        { label: "Item", kind: "name", text: (seed) => itemName(seed.storePath), title: (seed) => seed.storePath },
        tagged("State", (seed) => stateOf(seed.state)),
        { label: "By", text: (seed) => SOURCES[seed.source] ?? seed.source },
        { label: "Size", kind: "number", text: (seed) => bytes(seed.narBytes) },
        { label: "Blocks given", kind: "number", text: (seed) => count(seed.blocksServed) },
        { label: "NAR", kind: "code", text: (seed) => short(seed.narHash), title: (seed) => seed.narHash },
        { label: "Withdraw", hidden: true, kind: "act", make: (cell) => {
            cell.append(action("Withdraw", () => withdraw(cell.seed)));
        }, fill: (cell, seed) => {
            cell.seed = seed;
            cell.firstChild.setAttribute("aria-label", `Withdraw ${itemName(seed.storePath)}`);
        } },
    ], (seed) => `${seed.storePath} ${seed.narHash}`);
    const pages = paging(feeds.seeds, "/api/seeds?limit=25");
    const empty = el("p", { class: "absent", hidden: true, text: "Nothing is offered yet." });
    own.body.append(el("div", { class: "lead line" }, path, add), rows.root, empty, pages.root);

    async function offer(input) {
        const wanted = input.value.trim();
        if (!wanted.startsWith("/gnu/store/")) {
            notice("A whole item is wanted, /gnu/store/HASH-NAME.", true);
            input.focus();
        } else if (await tryChange("POST", "/api/seeds", { store_path: wanted }, `${itemName(wanted)} is offered once it was read.`)) {
            input.value = "";
            feeds.seeds.soon();
        }
    }

    async function withdraw(seed) {
        await tryChange("DELETE", `/api/seeds/${encodeURIComponent(seed.narHash || seed.storePath)}`, undefined, `${itemName(seed.storePath)} is withdrawn.`);
        feeds.seeds.soon();
    }

    function render() {
        if (own.has(feeds.seeds)) {
            rows.show(feeds.seeds.value);
            pages.show();
            empty.hidden = feeds.seeds.value.length > 0 || pages.page() > 1;
        }
    }

    function total() {
        setText(own.root.querySelector(".note"), feeds.status.value ? `${count(feeds.status.value.seeds)} offered` : "");
    }

    return { root: own.root, watch: [[feeds.seeds, render], [feeds.status, total]] };
}

function stateOf(state) {
    const word = state.split(":")[0];
    return [state, word === "offered" ? "good" : word === "refused" || word === "withdrawn" ? "bad" : ""];
}
