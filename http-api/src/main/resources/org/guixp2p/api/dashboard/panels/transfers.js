// SPDX-License-Identifier: GPL-3.0-or-later
// What is under way: how far it has come, from whom, and how fast.
import { blockMap } from "../blockmap.js";
import { swatchOf } from "../colours.js";
import { el, panel, reconcile, setAttribute, setText } from "../dom.js";
import { action, tryChange } from "../forms.js";
import { bytes, itemName, percent, plural, rate, seconds, sourceName } from "../format.js";
import { Ring } from "../ring.js";
import { sparkline } from "../sparkline.js";
import { phase } from "../words.js";

/** As many are shown as one can follow. */
const MOST = 8;
/** A moment after the end it is still here, so that the last stages are seen. */
const LINGERS = 6_000;
const SAMPLES = 60;
const RATE_OVER = 4;
/** The newest are asked for, and more only while one that is older is under way: the node gives no more than these at once. */
const NEWEST = 30;
const ALL = 500;
const STAGES = ["Observed", "Trusted", "Providers", "Blocks", "Verified", "Re-seeded"];

export const isOver = (transfer) => transfer.state === "done" || transfer.state === "failed";
/** A node that was started again counts from the beginning. */
const keyOf = (transfer) => `${transfer.id} ${transfer.storePath}`;

export function transfers({ feeds, offered }) {
    const own = panel("Transfers", { flush: true });
    const list = el("div", { class: "transfers" });
    const rest = el("p", { class: "more soft", hidden: true });
    own.body.append(list, rest);
    let wide = false;
    /** By number and item: how it went so far, and when it was seen to end. Only of those that are shown. */
    const courses = new Map();

    function courseOf(transfer) {
        const key = keyOf(transfer);
        if (!courses.has(key)) {
            courses.set(key, { samples: new Ring(SAMPLES), ended: isOver(transfer) ? -LINGERS : null });
        }
        const course = courses.get(key);
        if (isOver(transfer)) {
            course.ended ??= performance.now();
        }
        return course;
    }

    function render() {
        if (!own.has(feeds.transfers)) {
            return;
        }
        const all = feeds.transfers.value;
        const shown = all.filter((one) => !isOver(one) || performance.now() - courseOf(one).ended < LINGERS);
        const keys = new Set(all.map(keyOf));
        [...courses.keys()].filter((key) => !keys.has(key)).forEach((key) => courses.delete(key));
        const active = shown.filter((one) => !isOver(one)).length;
        own.note(active === 0 ? "nothing under way" : `${active} under way`);
        reconcile(list, shown.slice(0, MOST), keyOf, makeTransfer,
            (node, one) => node.show(one, courseOf(one), offered.has(one.narHash)));
        rest.hidden = shown.length <= MOST;
        setText(rest, `and ${shown.length - MOST} more`);
        if (shown.length === 0) {
            own.lacks("Nothing is on its way. What guix-daemon asks for appears here.");
        }
    }

    /** Looks further back while something older than the newest is under way, which is not seen otherwise. */
    function reach() {
        const newest = (feeds.transfers.value ?? []).slice(0, NEWEST);
        const seen = newest.filter((one) => !isOver(one)).length;
        const further = newest.length === NEWEST && (!isOver(newest.at(-1)) || (feeds.status.value?.activeTransfers ?? 0) > seen);
        if (further !== wide) {
            wide = further;
            feeds.transfers.turn(`/api/transfers?limit=${wide ? ALL : NEWEST}`);
        }
    }

    function sample() {
        const now = performance.now();
        for (const one of feeds.transfers.value ?? []) {
            if (!isOver(one)) {
                courseOf(one).samples.push({ at: now, bytes: received(one) });
            }
        }
        render();
    }

    // Figures go on, and what is over goes, also when the node says nothing new.
    return { root: own.root, watch: [[feeds.transfers, render], [feeds.status, reach]], tick: sample, shown: render };
}

function received(transfer) {
    return Math.max(transfer.verifiedBytes, transfer.sources.reduce((sum, source) => sum + source.bytes, 0));
}

/** Bytes per second between neighbouring samples, over some seconds. */
function ratesOf(samples) {
    const all = samples.all();
    return all.map((sample, at) => {
        const before = all[Math.max(0, at - RATE_OVER)];
        const span = (sample.at - before.at) / 1000;
        return span > 0 ? Math.max(0, sample.bytes - before.bytes) / span : 0;
    });
}

function makeTransfer(transfer) {
    const name = itemName(transfer.storePath);
    const figures = el("span", { class: "soft" });
    const stages = STAGES.map((stage) => el("li", {}, stage, el("span", { class: "unseen" })));
    const map = blockMap();
    const spark = sparkline("Rate");
    const now = el("span");
    const left = el("span");
    const legend = el("ul", { class: "legend", "aria-label": "Sources" });
    const cancel = action("Cancel", () => tryChange("POST", `/api/transfers/${transfer.id}/cancel`, undefined, `${name} is cancelled.`),
        { name: `Cancel ${name}` });
    const root = el("article", { class: "transfer", "data-transfer": transfer.id },
        el("div", { class: "head" }, el("h3", { text: name, title: transfer.storePath }), figures, el("div", { class: "tools" }, cancel)),
        el("ol", { class: "stages", "aria-label": "Stages" }, ...stages),
        el("div", { class: "course" }, map.root, el("figure", { class: "spark" }, spark.root, el("figcaption", {}, now, left))),
        legend);
    root.show = (one, course, seeded) => {
        setAttribute(root, "data-state", one.state);
        const has = received(one);
        const troubles = [one.corruptBlocks > 0 ? plural(one.corruptBlocks, "corrupt block") : null,
            one.requeuedBlocks > 0 ? `${one.requeuedBlocks} asked for again` : null,
            one.restarts > 0 ? plural(one.restarts, "restart") : null].filter((word) => word !== null);
        setText(figures, [one.narBytes > 0 ? `${percent(has, one.narBytes)} of ${bytes(one.narBytes)}` : bytes(has),
            one.failure ?? phase(one.state), ...troubles].filter((word) => word).join(" · "));
        showStages(stages, one, seeded);
        map.show(one.blockMap ?? { blocks: 0, blocksPerCell: 1, runs: [] }, one.sources);
        const rates = ratesOf(course.samples);
        // Before it was looked at twice: what it was until now.
        const current = rates.length > 1 ? rates.at(-1) : has / Math.max(0.1, one.seconds);
        spark.show(rates);
        setText(now, isOver(one) ? `${rate(has / Math.max(0.1, one.seconds))} average` : rate(current));
        setText(left, timeLeft(one, has, current));
        cancel.hidden = isOver(one);
        spark.root.hidden = isOver(one);
        // Of what never began to come there is nothing to see.
        map.root.hidden = isOver(one) && one.sources.length === 0;
        reconcile(legend, one.sources, (source) => source.name, makeSource, (node, source) => {
            setText(node.lastChild, `${sourceName(source.name)} ${bytes(source.bytes)}`);
            setAttribute(node, "title", source.name);
        });
    };
    return root;
}

function makeSource(source) {
    return el("li", {}, el("span", { class: swatchOf(source.name), "aria-hidden": "true" }), el("span"));
}

function timeLeft(transfer, has, current) {
    if (isOver(transfer)) {
        return `took ${seconds(transfer.seconds)}`;
    }
    return transfer.narBytes > 0 && current > 0 ? `${seconds(Math.max(0, transfer.narBytes - has) / current)} left` : "time left unknown";
}

const WORDS = { done: ": done", now: ": now", failed: ": failed", waiting: ": not yet" };

/** A download begins with a trusted narinfo, so the first two stages are over when there is one. */
function showStages(stages, transfer, seeded) {
    const at = transfer.state === "providers" ? 2 : transfer.state === "done" ? (seeded ? 6 : 5) : transfer.state === "failed"
        ? (transfer.sources.length > 0 ? 3 : 2) : received(transfer) >= transfer.narBytes ? 4 : 3;
    stages.forEach((stage, place) => {
        const state = place < at ? "done" : place > at || transfer.state === "done" ? "waiting" : transfer.state === "failed" ? "failed" : "now";
        setAttribute(stage, "data-state", state);
        setText(stage.lastChild, WORDS[state]);
        setAttribute(stage, "aria-current", state === "now" ? "step" : null);
    });
}
