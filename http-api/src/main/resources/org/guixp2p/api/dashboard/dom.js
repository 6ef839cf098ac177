// SPDX-License-Identifier: GPL-3.0-or-later
// Elements. Names come from strangers: text is only ever text here, and nothing makes elements of it.
import { clock } from "./format.js";

/** What is seen by nobody, or turns what stands beside it around; spaces, tabs and ends of lines are left. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function visible(text) {
    return text === null || text === undefined ? "" : String(text).replace(UNSEEN, "\ufffd");
}

/** An element; `properties` are attributes, but for `text`, `on` (listeners by name) and what is false or null. */
export function el(name, properties = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
        if (key === "text") {
            element.textContent = visible(value);
        } else if (key === "on") {
            Object.entries(value).forEach(([type, listener]) => element.addEventListener(type, listener));
        } else if (value !== false && value !== null && value !== undefined) {
            element.setAttribute(key, value === true ? "" : visible(value));
        }
    }
    element.append(...children.filter((child) => child !== null));
    return element;
}

/** Writes only what is new, so that a screen reader and a selection are left alone. */
export function setText(node, text) {
    const said = visible(text);
    if (node.textContent !== said) {
        node.textContent = said;
    }
}

export function setAttribute(node, name, value) {
    if (value === null || value === undefined || value === false) {
        if (node.hasAttribute(name)) {
            node.removeAttribute(name);
        }
    } else if (node.getAttribute(name) !== visible(value)) {
        node.setAttribute(name, visible(value));
    }
}

/** Makes a node's children those of a list: one for each key, in its order; those that are there already are kept. */
export function reconcile(parent, items, keyOf, make, fill) {
    const there = parent.kept ?? new Map();
    const wanted = new Map();
    for (const item of items) {
        const key = keyOf(item);
        if (!wanted.has(key)) {
            wanted.set(key, item);
        }
    }
    // First, so that those behind need not be moved: what is moved loses the focus.
    for (const [key, node] of there) {
        if (!wanted.has(key)) {
            node.remove();
        }
    }
    const next = new Map();
    let place = parent.firstChild;
    for (const [key, item] of wanted) {
        const node = there.get(key) ?? make(item);
        fill(node, item);
        next.set(key, node);
        if (node === place) {
            place = place.nextSibling;
        } else {
            parent.insertBefore(node, place);
        }
    }
    parent.kept = next;
}

let panels = 0;

/** A panel with a title; `tools` stand beside it. */
export function panel(title, { tools = [], place = "", flush = false } = {}) {
    const id = `panel-${++panels}`;
    const note = el("span", { class: "note" });
    const body = el("div", { class: flush ? "body flush" : "body" });
    const absent = el("p", { class: "absent", hidden: true });
    const old = el("p", { class: "absent failing", hidden: true });
    const root = el("section", { class: `panel ${place}`.trim(), "aria-labelledby": id },
        el("header", {}, el("h2", { id, text: title }), note, tools.length ? el("div", { class: "tools" }, ...tools) : null),
        absent, old, body);

    /** Says why there is nothing to see; null when there is. */
    function lacks(why, failing = false) {
        setText(absent, why);
        absent.hidden = why === null;
        absent.classList.toggle("failing", failing);
        body.hidden = why !== null;
    }

    /** Whether a feed has something; says so where it has not, and where that is old. */
    function has(feed) {
        const failed = feed.value !== null && !feed.missing && feed.problem !== null;
        setText(old, failed ? `Old, of ${clock(feed.heard)}: ${feed.problem}.` : "");
        old.hidden = !failed;
        if (feed.missing) {
            lacks("This node does not offer this.");
        } else if (feed.value === null && feed.problem) {
            lacks(`No answer: ${feed.problem}.`, true);
        } else {
            lacks(feed.value === null ? "Waiting for the node…" : null);
        }
        return feed.value !== null && !feed.missing;
    }

    return { root, body, note: (text) => setText(note, text), lacks, has };
}
