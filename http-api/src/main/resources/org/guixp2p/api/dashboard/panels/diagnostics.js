// SPDX-License-Identifier: GPL-3.0-or-later
// What may be wrong, and what to give to whoever is asked for help.
import { el, panel, setText } from "../dom.js";
import { copyButton } from "../notices.js";
import { table, tagged } from "../table.js";

const KINDS = { ok: "good", warning: "warn", error: "bad" };

export function diagnostics({ feeds }) {
    const copy = copyButton("Copy the diagnostics", () => feeds.diagnostics.value.map(lineOf).join("\n"));
    const own = panel("Diagnostics", { flush: true, tools: [copy] });
    const rows = table("What was looked at", [
        { label: "Subject", kind: "name slim", text: (one) => one.subject },
        tagged("Finding", (one) => [one.verdict, KINDS[one.verdict] ?? ""]),
        { label: "Seen", kind: "full", text: (one) => one.seen },
        { label: "What to do", kind: "full", text: (one) => one.advice || "–" },
        { label: "Copy", hidden: true, kind: "act", make: (cell) => cell.append(copyButton("Copy", () => lineOf(cell.one))),
            fill(cell, one) {
                cell.one = one;
                cell.firstChild.setAttribute("aria-label", `Copy what is said of ${one.subject}`);
            } },
    ], (one) => `${one.subject} ${one.seen}`);
    own.body.append(rows.root);

    function render() {
        const there = own.has(feeds.diagnostics);
        copy.hidden = !there;
        if (there) {
            rows.show(feeds.diagnostics.value);
            const bad = feeds.diagnostics.value.filter((one) => one.verdict !== "ok").length;
            own.note(bad === 0 ? "all is well" : `${bad} to look at`);
        }
    }

    return { root: own.root, watch: [[feeds.diagnostics, render]], shown: render };
}

function lineOf(one) {
    return `${one.verdict}: ${one.subject}: ${one.seen}${one.advice ? `\n  ${one.advice}` : ""}`;
}

/** What the node says of itself, as text to be given to somebody. */
export function report({ feeds }) {
    const own = panel("Report", { tools: [copyButton("Copy the report", () => text.textContent)] });
    const text = el("pre", { class: "code", tabindex: "0", "aria-label": "Report" });
    own.body.append(el("p", { class: "soft", text: "For whoever helps you. It names this node and its settings, and no secrets." }),
        el("div", { class: "scroll" }, text));

    function render() {
        if (own.has(feeds.status)) {
            // Without what changes all the time: somebody may be marking it.
            const { uptimeSeconds, ...status } = feeds.status.value;
            setText(text, JSON.stringify({ status, limits: feeds.limits.value, config: feeds.config.value }, null, 2));
        }
    }

    return { root: own.root, watch: [[feeds.status, render], [feeds.config, render], [feeds.limits, render]] };
}
