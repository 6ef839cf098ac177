// SPDX-License-Identifier: GPL-3.0-or-later
// What has the node change something. Without the right to, it is shown and cannot be used.
import { change } from "./api.js";
import { el, setAttribute } from "./dom.js";
import { settle } from "./focus.js";
import { notice } from "./notices.js";
import { forget, onSession, token } from "./session.js";

export const WAY_IN = "To change something, open this page by the link that 'guix-p2p dashboard' prints.";
const busy = new WeakSet();
const held = new WeakSet();

/** A button that does something; `act` may take its time. */
export function action(label, act, { main = false, name = null } = {}) {
    const button = el("button", { type: "button", class: main ? "main" : null, text: label, "aria-label": name,
        "data-changes": true, on: {
            async click() {
                if (busy.has(button)) {
                    return;
                }
                busy.add(button);
                show(button);
                try {
                    await act();
                } finally {
                    busy.delete(button);
                    show(button);
                    settle();
                }
            },
        } });
    show(button);
    return button;
}

/** Whether a button waits for something, such as what it would change. */
export function hold(button, waits) {
    if (waits) {
        held.add(button);
    } else {
        held.delete(button);
    }
    show(button);
}

function show(button) {
    const may = token() !== null;
    button.disabled = !may || held.has(button);
    // Not disabled meanwhile: that would take the focus from it.
    setAttribute(button, "aria-disabled", busy.has(button) ? "true" : null);
    button.title = may ? "" : WAY_IN;
}

onSession(() => document.querySelectorAll("[data-changes]").forEach(show));

/** Has the node do something and says how it went. Returns its answer, or null when it did not. */
export async function tryChange(method, path, body, done) {
    try {
        const answer = await change(method, path, body) ?? {};
        notice(typeof done === "function" ? done(answer) : done);
        return answer;
    } catch (refused) {
        if (refused.status === 401) {
            forget();
            notice(`The node does not know this page any more. ${WAY_IN}`, true);
        } else if (refused.status === 405) {
            notice("This node does not offer this.", true);
        } else {
            notice(`Not done: ${refused.message}.`, true);
        }
        return null;
    }
}
