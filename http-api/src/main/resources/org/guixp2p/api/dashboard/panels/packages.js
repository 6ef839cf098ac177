// SPDX-License-Identifier: GPL-3.0-or-later
// What is installed, and whether others can have it.
import { el, panel, setText } from "../dom.js";
import { action, tryChange } from "../forms.js";
import { plural } from "../format.js";
import { paging } from "../paging.js";
import { table, tagged } from "../table.js";

const PATH = "/api/packages?limit=50";
const SEED = { seeded: ["offered", "good"], "could-be": ["could be", ""], "not-public": ["not public", ""], unknown: ["unknown", ""] };

export function packages({ feeds }) {
    const wanted = el("input", { type: "search", placeholder: "Search", "aria-label": "Search installed packages", on: { input: search } });
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
    const pages = paging(feeds.packages, PATH);
    const empty = el("p", { class: "absent", role: "status" });
    const missing = el("p", { class: "absent failing", role: "status", hidden: true });
    own.body.append(rows.root, empty, pages.root, missing);

    /** The node searches: it knows all of them. */
    function search() {
        const words = wanted.value.trim();
        pages.begin(words === "" ? PATH : `${PATH}&q=${encodeURIComponent(words.split(/\s+/).slice(0, 8).join(" "))}`);
    }

    async function offer(one) {
        await tryChange("POST", "/api/seeds", { store_path: one.storePath }, `${one.name} is offered once it was read.`);
        feeds.packages.soon();
    }

    function render() {
        if (!own.has(feeds.packages)) {
            return;
        }
        const { value, next, problem, headers } = feeds.packages;
        rows.show(value);
        pages.show();
        // While another search fails, what is seen are the finds of the one before.
        const old = problem !== null;
        // How many there are is known where all of them are on one page.
        own.note(old || next !== null || pages.page() > 1 ? "" : plural(value.length, "package"));
        setText(empty, wanted.value.trim() ? "None of that name" : "None is installed");
        empty.hidden = old || value.length > 0 || pages.page() > 1;
        const unread = headers?.get("Unread-Profiles") ?? "";
        setText(missing, unread === "" ? "" : `Could not be read: ${unread}.`);
        missing.hidden = unread === "";
    }

    return { root: own.root, watch: [[feeds.packages, render]] };
}
