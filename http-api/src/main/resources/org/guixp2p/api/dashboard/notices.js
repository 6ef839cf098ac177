// SPDX-License-Identifier: GPL-3.0-or-later
// Short words about what was done; a screen reader says them. What happens by itself is told seldom.
import { el } from "./dom.js";

const MOST = 3;
const SHOWN = 6_000;
const SELDOM = 5_000;
let told = 0;

export function notice(text, bad = false) {
    show(text, bad ? "notice bad" : "notice");
}

function show(text, kind) {
    const box = document.getElementById("notices");
    const one = el("p", { class: kind, text });
    box.append(one);
    while (box.children.length > MOST) {
        box.firstChild.remove();
    }
    setTimeout(() => one.remove(), SHOWN);
}

/** As a notice, unless there was one of these a moment ago. On a narrow screen, where it would lie over something, it is only heard. */
export function mention(text) {
    if (Date.now() - told > SELDOM) {
        told = Date.now();
        show(text, "notice by-itself");
    }
}

/** A button that copies what `text()` gives. */
export function copyButton(label, text) {
    return el("button", { type: "button", text: "Copy", "aria-label": label, on: {
        async click() {
            try {
                await navigator.clipboard.writeText(text());
                notice("Copied.");
            } catch (refused) {
                notice("The browser does not let the page copy.", true);
            }
        },
    } });
}
