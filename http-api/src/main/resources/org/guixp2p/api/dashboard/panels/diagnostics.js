// SPDX-License-Identifier: GPL-3.0-or-later
// What may be wrong, and what to give to whoever is asked for help.
import { el, panel } from "../dom.js";
import { copyButton } from "../notices.js";
import { table, tagged } from "../table.js";

const KINDS = { ok: "good", good: "good", warning: "warn", error: "bad" };

export function diagnostics({ feeds }) {
    const own = panel("Diagnostics", { flush: true, tools: [copyButton("Copy the diagnostics", () => JSON.stringify(feeds.diagnostics.value, null, 2))] });
    const rows = table("What was looked at", [
        { label: "Subject", kind: "name", text: (one) => one.subject ?? one.name ?? "" },
        tagged("Finding", (one) => [levelOf(one), KINDS[levelOf(one)] ?? ""]),
        { label: "Seen", kind: "full", text: (one) => one.seen ?? one.detail ?? one.message ?? one.text ?? "" },
        { label: "What to do", kind: "full", text: (one) => one.advice ?? one.next ?? one.todo ?? one.remedy ?? "" },
    ], (one) => `${one.subject ?? one.name} ${one.seen ?? one.detail ?? ""}`);
    own.body.append(rows.root);

    function render() {
        if (own.has(feeds.diagnostics)) {
            const value = feeds.diagnostics.value;
            rows.show(Array.isArray(value) ? value : value.findings ?? value.checks ?? Object.entries(value)
                .map(([name, detail]) => ({ name, detail: typeof detail === "object" ? JSON.stringify(detail) : String(detail) })));
        }
    }

    return { root: own.root, watch: [[feeds.diagnostics, render]] };
}

function levelOf(one) {
    return String(one.level ?? one.status ?? one.severity ?? "seen").toLowerCase();
}

/** What the node says of itself, as text to be given to somebody. */
export function report({ feeds }) {
    const own = panel("Report", { tools: [copyButton("Copy the report", () => text.textContent)] });
    const text = el("pre", { class: "code", tabindex: "0", "aria-label": "Report" });
    own.body.append(el("p", { class: "soft", text: "For whoever helps you. It names this node and its settings, and no secrets." }),
        el("div", { class: "scroll" }, text));

    function render() {
        if (own.has(feeds.status)) {
            const all = { status: feeds.status.value, limits: feeds.limits.value, config: feeds.config.value };
            const next = JSON.stringify(all, null, 2);
            if (text.textContent !== next) {
                text.textContent = next;
            }
        }
    }

    return { root: own.root, watch: [[feeds.config, render], [feeds.limits, render]], shown: render };
}
