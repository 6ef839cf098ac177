// SPDX-License-Identifier: GPL-3.0-or-later
// Substitute servers, and why each is asked first or last.
import { panel } from "../dom.js";
import { percent, rate } from "../format.js";
import { table, tagged } from "../table.js";

export function servers({ feeds }) {
    const own = panel("Substitute servers", { flush: true });
    const rows = table("Substitute servers", [
        { label: "Server", kind: "name", text: (one) => one.server },
        tagged("State", (one) => (one.fault ? [one.fault, "bad"] : one.heard ? ["answers", "good"] : ["not asked yet", ""])),
        { label: "Narinfo", kind: "number", text: (one) => (one.narinfoMillis > 0 ? `${Math.round(one.narinfoMillis)} ms` : "–") },
        { label: "Has", kind: "number", text: (one) => percent(one.narinfosHad, one.narinfosAsked) || "–" },
        { label: "Rate", kind: "number", text: (one) => fastest(one) },
        { label: "Why there", kind: "full", text: (one) => (one.discovered ? `discovered; ${one.why}` : one.why) },
    ], (one) => one.server);
    own.body.append(rows.root);

    function render() {
        if (own.has(feeds.mirrors)) {
            rows.show(feeds.mirrors.value);
            if (feeds.mirrors.value.length === 0) {
                own.lacks("No server is configured.");
            }
        }
    }

    return { root: own.root, watch: [[feeds.mirrors, render]] };
}

function fastest(server) {
    const most = Math.max(0, ...server.files.map((files) => files.bytesPerSecond));
    return most > 0 ? rate(most) : "–";
}
