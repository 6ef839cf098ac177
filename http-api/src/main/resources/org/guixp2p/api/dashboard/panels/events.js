// SPDX-License-Identifier: GPL-3.0-or-later
// What happens, the latest first.
import { el, panel, reconcile, setAttribute, setText } from "../dom.js";
import { clock, count } from "../format.js";
import { Ring } from "../ring.js";
import { mood, sentence } from "../words.js";

const KEPT = 1_000;
const SHOWN = 200;
const TOPICS = ["peers", "discovery", "builds", "transfers", "seeds"];

export function events({ onEvent }) {
    const ring = new Ring(KEPT);
    const wanted = new Set(TOPICS);
    const search = el("input", { type: "search", placeholder: "Search", "aria-label": "Search events", on: { input: draw } });
    const hold = el("button", { type: "button", text: "Hold", "aria-pressed": "false", on: { click: pause } });
    const own = panel("Events", { flush: true, tools: [search, hold] });
    const chips = el("fieldset", { class: "lead" }, el("legend", { class: "unseen", text: "Topics" }),
        el("div", { class: "chips" }, ...TOPICS.map((topic) => el("label", {}, el("input", { type: "checkbox", checked: true,
            on: { change: (event) => toggle(topic, event.target.checked) } }), topic))));
    // Not announced: many come in a second.
    const list = el("ol", { class: "log", tabindex: "0", "aria-label": "Events, the latest first" });
    const none = el("p", { class: "absent", text: "Nothing of that kind yet." });
    own.body.append(chips, none, list);
    let held = false;
    let changed = true;

    onEvent((event) => {
        ring.push(event.number === undefined ? { ...event, number: `gap-${performance.now()}`, at: new Date().toISOString(), topic: "events" } : event);
        changed = true;
    });

    function toggle(topic, on) {
        if (on) {
            wanted.add(topic);
        } else {
            wanted.delete(topic);
        }
        draw();
    }

    function pause() {
        held = !held;
        setText(hold, held ? "Go on" : "Hold");
        setAttribute(hold, "aria-pressed", String(held));
        draw();
    }

    function draw() {
        const text = search.value.trim().toLowerCase();
        const found = [];
        const all = ring.all();
        for (let at = all.length - 1; at >= 0 && found.length < SHOWN; at--) {
            const event = all[at];
            if ((wanted.has(event.topic) || event.topic === "events") && (text === "" || matches(event, text))) {
                found.push(event);
            }
        }
        changed = false;
        none.hidden = found.length > 0;
        list.hidden = found.length === 0;
        reconcile(list, found, (event) => event.number, makeRow, () => {});
        own.note(`${count(ring.size)} remembered here`);
    }

    function tick() {
        if (changed && !held) {
            draw();
        }
    }

    return { root: own.root, tick, shown: draw };
}

function matches(event, text) {
    return sentence(event).toLowerCase().includes(text) || event.type.includes(text)
        || Object.values(event).some((value) => typeof value === "string" && value.toLowerCase().includes(text));
}

function makeRow(event) {
    return el("li", {}, el("time", { datetime: event.at, text: clock(event.at) }), el("span", { class: "topic", text: event.topic }),
        el("span", { class: `what ${mood(event)}`.trim(), text: sentence(event), title: event.type }));
}
