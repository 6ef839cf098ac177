// SPDX-License-Identifier: GPL-3.0-or-later
// What is over, and why it went as it did.
import { el, panel, setAttribute, setText } from "../dom.js";
import { bytes, clock, itemName, rate, seconds } from "../format.js";
import { table, tagged } from "../table.js";
import { origin } from "../words.js";

const SHOWN = 12;

export function finished({ feeds }) {
    const own = panel("Finished", { flush: true });
    const rows = table("Downloads that are over", [
        { label: "Item", kind: "name", make: (cell) => cell.append(el("div"), el("div", { class: "soft small" })),
            fill(cell, build) {
                setText(cell.firstChild, itemName(build.storePath));
                setAttribute(cell.firstChild, "title", build.storePath);
                setText(cell.lastChild, build.answer);
            } },
        tagged("Outcome", (build) => build.outcome === "done" ? ["done", "good"] : ["failed", "bad"]),
        { label: "From", text: (build) => origin(build.from) },
        { label: "Size", kind: "number", text: (build) => bytes(build.narBytes) },
        { label: "Took", kind: "number", text: (build) => seconds(build.seconds) },
        { label: "Average", kind: "number", text: (build) => build.outcome === "done" && build.seconds > 0 && build.narBytes > 0
            ? rate(build.narBytes / build.seconds) : "–" },
        { label: "Began", kind: "number", text: (build) => clock(build.began) },
    ], (build) => build.id);
    own.body.append(rows.root);

    function render() {
        if (!own.has(feeds.builds)) {
            return;
        }
        const all = feeds.builds.value;
        rows.show(all.slice(0, SHOWN));
        own.note(all.length > SHOWN ? `the latest ${SHOWN}` : "");
        if (all.length === 0) {
            own.lacks("Nothing is over yet.");
        }
    }

    return { root: own.root, watch: [[feeds.builds, render]] };
}
