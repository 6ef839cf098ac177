// SPDX-License-Identifier: GPL-3.0-or-later
// What is over, or was not promised, and why it went as it did.
import { swatchOf } from "../colours.js";
import { el, panel, setAttribute, setText } from "../dom.js";
import { bytes, clock, itemName, percent, plural, rate, seconds, short, sourceName } from "../format.js";
import { paging } from "../paging.js";
import { table, tagged } from "../table.js";
import { doing, origin } from "../words.js";

const PATH = "/api/builds?limit=12";
const KINDS = [["All", ""], ["Done", "done"], ["Failed", "failed"], ["Not promised", "not-claimed"]];
const OUTCOMES = { done: ["done", "good"], failed: ["failed", "bad"], "not-claimed": ["not promised", "warn"] };
/** A swarm may have had a part in it. */
const SOURCES = 12;

export function finished({ feeds }) {
    const choices = KINDS.map(([label, outcome]) => el("button", { type: "button", text: label, "aria-pressed": String(outcome === ""),
        on: { click: () => choose(outcome) } }));
    const own = panel("Finished", { flush: true, tools: [el("div", { class: "choice", role: "group", "aria-label": "Outcome" }, ...choices)] });
    const rows = table("Downloads that are over, and items that were not promised", [
        { label: "Item", kind: "name", make: makeItem, fill: fillItem },
        tagged("Outcome", (build) => OUTCOMES[build.outcome] ?? [build.outcome, ""]),
        { label: "From", text: (build) => (build.outcome === "not-claimed" ? "–" : origin(build.from)) },
        { label: "Size", kind: "number", text: (build) => (build.narBytes > 0 ? bytes(build.narBytes) : "unknown") },
        { label: "Took", kind: "number", text: (build) => seconds(build.seconds) },
        { label: "Average", kind: "number", text: (build) => build.outcome === "done" && build.seconds > 0 && build.narBytes > 0
            ? rate(build.narBytes / build.seconds) : "–" },
        { label: "Began", kind: "number", text: (build) => clock(build.began) },
        // A node that was started again counts from the beginning.
    ], (build) => `${build.id} ${build.began} ${build.storePath}`);
    const pages = paging(feeds.builds, PATH);
    const empty = el("p", { class: "absent", hidden: true });
    own.body.append(rows.root, empty, pages.root);
    let wanted = "";

    function choose(outcome) {
        wanted = outcome;
        choices.forEach((choice, at) => setAttribute(choice, "aria-pressed", String(KINDS[at][1] === outcome)));
        pages.begin(outcome === "" ? PATH : `${PATH}&outcome=${outcome}`);
    }

    function render() {
        if (own.has(feeds.builds)) {
            rows.show(feeds.builds.value);
            pages.show();
            empty.hidden = feeds.builds.value.length > 0 || pages.page() > 1;
            setText(empty, wanted === "" ? "Nothing is over yet." : "Nothing of that kind.");
        }
    }

    return { root: own.root, watch: [[feeds.builds, render]] };
}

function makeItem(cell) {
    const details = el("details", { class: "why", on: { toggle: () => open(cell) } },
        el("summary", {}, "Details", el("span", { class: "unseen" })));
    cell.append(el("div"), el("div", { class: "soft small" }), details);
}

function fillItem(cell, build) {
    const [name, answer, details] = cell.children;
    setText(name, itemName(build.storePath));
    setAttribute(name, "title", build.storePath);
    setText(answer, build.answer);
    setText(details.firstChild.lastChild, ` of ${itemName(build.storePath)}`);
    cell.build = build;
}

/** What is over stays as it is: it is made once, and only where somebody looks. */
function open(cell) {
    const details = cell.lastChild;
    if (details.open && details.children.length === 1) {
        details.append(el("dl", { class: "pairs" }, ...pairs(cell.build).filter(([, what]) => what.length > 0)
            .flatMap(([name, what]) => [el("dt", { text: name }), el("dd", {}, el("ul", {}, ...what))])));
    }
}

function pairs(build) {
    const line = (text) => el("li", { text });
    const counted = [[build.requeuedBlocks, `${plural(build.requeuedBlocks, "block")} asked for again`],
        [build.corruptBlocks, plural(build.corruptBlocks, "corrupt block")], [build.restarts, plural(build.restarts, "restart")]]
        .filter(([number]) => number > 0).map(([, text]) => line(text));
    return [
        ["Took", build.phases.map((phase) => line(`${seconds(phase.seconds)} ${doing(phase.name)}`))],
        ["From", sources(build.sources)],
        ["Given up", build.turns.map((turn) => line(`${turn.kind}: ${turn.reason}`))],
        ["Troubles", [...build.troubles.map((trouble) => el("li", { title: trouble.peerId, text: `${short(trouble.peerId)}: ${trouble.what}` })),
            ...counted]],
        ["Item", [el("li", { class: "code", text: build.storePath })]],
        ["NAR", build.narHash === "" ? [] : [el("li", { class: "code", text: build.narHash })]],
    ];
}

function sources(all) {
    const whole = all.reduce((sum, source) => sum + source.bytes, 0);
    const most = [...all].sort((one, other) => other.bytes - one.bytes);
    const rest = most.slice(SOURCES);
    return [...most.slice(0, SOURCES).map((source) => el("li", { title: source.name }, el("span", { class: swatchOf(source.name), "aria-hidden": "true" }),
        el("span", { text: `${sourceName(source.name)}: ${bytes(source.bytes)} (${percent(source.bytes, whole).replace(/^0 %$/, "under 1 %")})` }))),
    ...(rest.length > 0 ? [el("li", { text: `${plural(rest.length, "more", "more")}: ${bytes(rest.reduce((sum, source) => sum + source.bytes, 0))}` })] : [])];
}
