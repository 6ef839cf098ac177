// SPDX-License-Identifier: GPL-3.0-or-later
// What is installed, and whether others can have it.
import { el, panel, setText } from "../dom.js";
import { action, tryChange } from "../forms.js";
import { plural } from "../format.js";
import { table, tagged } from "../table.js";

const PATH = "/api/packages?limit=100";
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
    const rest = el("p", { class: "more soft", role: "status" });
    const missing = el("p", { class: "absent failing", role: "status", hidden: true });
    own.body.append(rows.root, rest, missing);

    /** The node searches: it knows all of them. */
    function search() {
        const words = wanted.value.trim();
        feeds.packages.turn(words === "" ? PATH : `${PATH}&q=${encodeURIComponent(words.split(/\s+/).slice(0, 8).join(" "))}`);
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
        // While another search fails, what is seen are the finds of the one before.
        const old = problem !== null;
        own.note(old ? "" : next === null ? plural(value.length, "package") : `the first ${value.length}`);
        setText(rest, old ? "" : next !== null ? "and more" : value.length > 0 ? "" : wanted.value.trim() ? "None of that name" : "None is installed");
        const unread = headers?.get("Unread-Profiles") ?? "";
        setText(missing, unread === "" ? "" : `Could not be read: ${unread}.`);
        missing.hidden = unread === "";
    }

    return { root: own.root, watch: [[feeds.packages, render]] };
}
