// SPDX-License-Identifier: GPL-3.0-or-later
// What comes and goes, over time.
import { rateChart } from "../chart.js";
import { el, panel, setText } from "../dom.js";
import { rate } from "../format.js";

const SPANS = [["1 min", 60], ["5 min", 300], ["15 min", 890]];

export function graph({ rates }) {
    let span = 300;
    const down = el("span");
    const up = el("span");
    const when = el("span", { class: "soft" });
    const words = el("p", { class: "unseen" });
    const chart = rateChart((at, [times, received, given]) => point(at, times, received, given));
    const choice = el("div", { class: "choice", role: "group", "aria-label": "How far back" }, ...SPANS.map(([label, length]) => el("button", {
        type: "button", text: label, "aria-pressed": String(length === span), on: { click: (event) => choose(event.target, length) } })));
    const own = panel("Rates", { tools: [choice], place: "wide" });
    own.body.append(el("ul", { class: "keys" }, el("li", { class: "key-down" }, down), el("li", { class: "key-up" }, up), el("li", {}, when)),
        chart.root, words);
    let pointed = false;

    function choose(button, length) {
        span = length;
        own.root.querySelectorAll("[aria-pressed]").forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
        tick();
    }

    function point(at, times, received, given) {
        pointed = at !== null && at < times.length;
        if (pointed) {
            say(received[at], given[at], `at ${new Date(times[at] * 1000).toTimeString().slice(0, 8)}`);
        }
    }

    function say(received, given, moment) {
        setText(down, `Receiving ${rate(received)}`);
        setText(up, `Giving ${rate(given)}`);
        setText(when, moment);
    }

    function tick() {
        const history = rates.history(span);
        chart.show(history);
        if (!pointed) {
            const now = rates.now();
            say(now.down, now.up, "now");
        }
        setText(words, `At most ${rate(Math.max(0, ...history[1]))} received and ${rate(Math.max(0, ...history[2]))} given in this time.`);
    }

    return { root: own.root, tick, shown: tick };
}
