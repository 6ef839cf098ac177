// SPDX-License-Identifier: GPL-3.0-or-later
// Who may change something. A link that the command line gives holds a code, which is exchanged for a token once; the code
// does not stay in the address. The token stays with the tab, and comes back with it where a browser restores its tabs.
import { detail } from "./api.js";

const KEY = "token";
const listeners = new Set();
let kept = read();

function read() {
    try {
        return sessionStorage.getItem(KEY);
    } catch (refused) {
        return null;
    }
}

export function token() {
    return kept;
}

/** Tells a listener now, and whenever it changes, whether things may be changed. */
export function onSession(listener) {
    listeners.add(listener);
    listener(kept !== null);
}

function keep(value) {
    kept = value;
    try {
        if (value === null) {
            sessionStorage.removeItem(KEY);
        } else {
            sessionStorage.setItem(KEY, value);
        }
    } catch (refused) {
        // It holds until the page is left.
    }
    listeners.forEach((listener) => listener(kept !== null));
}

/** The node does not know the token any more. */
export function forget() {
    keep(null);
}

/** Exchanges the code of a link, if the page was opened by one. Returns what went wrong, or null. */
export async function begin() {
    const code = new URLSearchParams(location.hash.slice(1)).get("link");
    if (!location.hash.startsWith("#link=") || !code) {
        return null;
    }
    history.replaceState(null, "", location.pathname);
    try {
        const response = await fetch("/api/session", { method: "POST", headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ code }), credentials: "omit", signal: AbortSignal.timeout(10_000) });
        if (!response.ok) {
            return response.status === 404 || response.status === 405
                ? "This node can only be looked at here."
                : `Not done: ${await detail(response)}.`;
        }
        keep(String((await response.json()).token));
        return null;
    } catch (failure) {
        return "The node does not answer.";
    }
}
