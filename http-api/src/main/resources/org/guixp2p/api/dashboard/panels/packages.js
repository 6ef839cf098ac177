// SPDX-License-Identifier: GPL-3.0-or-later
// What is installed, and whether others can have it.
import { get } from "../api.js";
import { el, panel, setText } from "../dom.js";
import { action, tryChange } from "../forms.js";
import { plural } from "../format.js";
import { table, tagged } from "../table.js";

const SHOWN = 100;
/** Pages are asked for until there is no more, but not for ever. */
const PAGES = 8;
const SEED = { seeded: ["offered", "good"], "could-be": ["could be", ""], "not-public": ["not public", ""], unknown: ["unknown", ""] };

export function packages({ feeds }) {
    const wanted = el("input", { type: "search", placeholder: "Search", "aria-label": "Search installed packages", on: { input: show } });
    const own = panel("Installed packages", { flush: true, tools: [wanted] });
    const rows = table("Installed packages", [
        { label: "Package", kind: "name", text: (one) => one.name, title: (one) => one.storePath },
        { label: "Version", text: (one) => one.version },
        { label: "Output", text: (one) => one.output },
        { label: "Profile", text: (one) => one.profile },
        tagged("Seed", (one) => SEED[one.seed] ?? [one.seed, ""]),
        { label: "Offer", hidden: true, kind: "act", make: (cell) => {
            cell.append(action("Seed", () => offer(cell.one)));
        }, fill: (cell, one) => {
            cell.one = one;
            cell.firstChild.setAttribute("aria-label", `Seed ${one.name}`);
            cell.firstChild.hidden = one.seed === "seeded";
        } },
    ], (one) => `${one.storePath} ${one.output} ${one.profile}`);
    const rest = el("p", { class: "more soft", role: "status" });
    own.body.append(rows.root, rest);
    let all = [];

    async function offer(one) {
        await tryChange("POST", "/api/seeds", { store_path: one.storePath }, `${one.name} is offered once it was read.`);
        feeds.packages.soon();
    }

    function show() {
        const text = wanted.value.trim().toLowerCase();
        const found = all.filter((one) => `${one.name} ${one.version} ${one.storePath} ${one.profile}`.toLowerCase().includes(text));
        rows.show(found.slice(0, SHOWN));
        setText(rest, found.length > SHOWN ? `The first ${SHOWN} of ${found.length}` : found.length === 0 ? "None of that name" : "");
    }

    async function render() {
        if (!own.has(feeds.packages)) {
            return;
        }
        let found = feeds.packages.value;
        let next = feeds.packages.next;
        for (let page = 1; next !== null && page < PAGES; page++) {
            const more = await get(next);
            found = found.concat(more.value);
            next = more.next;
        }
        all = found;
        own.note(next === null ? plural(all.length, "package") : `the first ${all.length}`);
        show();
    }

    // Where a later page does not come, what was there stays.
    return { root: own.root, watch: [[feeds.packages, () => render().catch(show)]] };
}
