// SPDX-License-Identifier: GPL-3.0-or-later
// The top: which node it is, whether it is heard, and the colours.
import { el, setAttribute, setText } from "./dom.js";
import { clock, seconds, short } from "./format.js";

const THEMES = ["auto", "light", "dark"];

function themeButton() {
    const button = el("button", { type: "button", class: "plain", on: { click: next } });
    let theme = "auto";
    try {
        theme = localStorage.getItem("theme") ?? "auto";
    } catch (refused) {
        // It is as the system says.
    }
    say();

    function say() {
        setText(button, `Theme: ${theme}`);
    }

    function next() {
        theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
        try {
            localStorage.setItem("theme", theme);
        } catch (refused) {
            // Then it cannot be chosen.
        }
        document.dispatchEvent(new Event("theme-chosen"));
        say();
    }
    return button;
}

export function header(tryNow) {
    const who = el("span", { class: "who" });
    const words = el("span", { text: "Connecting" });
    const contact = el("span", { class: "contact push", "data-state": "connecting" }, words);
    const retry = el("button", { type: "button", text: "Try now", hidden: true, on: { click: tryNow } });
    const spoken = el("span", { class: "unseen", role: "status" });
    document.getElementById("top").append(
        el("a", { class: "brand", href: "#/overview" }, el("img", { src: "/assets/icon.svg", alt: "" }), "guix-p2p"),
        who, contact, retry, spoken, themeButton());
    let state = { name: "connecting", heard: 0, again: 0 };

    function show() {
        setAttribute(contact, "data-state", state.name);
        if (state.name === "stale") {
            const wait = Math.max(0, Math.round((state.again - Date.now()) / 1000));
            setText(words, `Nothing heard since ${clock(state.heard)}: what is below is old. `
                + (wait > 0 ? `Trying again in ${wait} s` : "Trying again"));
        } else {
            setText(words, state.name === "live" ? "Live" : "Connecting");
        }
        retry.hidden = state.name !== "stale";
    }

    return {
        contact(name, heard, again) {
            if (name !== state.name && (name === "stale" || state.name === "stale")) {
                // Said once, not each time that it is tried.
                setText(spoken, name === "stale" ? "The node does not answer; what is shown is old" : "The node answers again");
            }
            state = { name, heard, again };
            show();
        },
        tick: show,
        status(feed) {
            if (feed.value !== null) {
                const { peerId, version, uptimeSeconds } = feed.value;
                setText(who, `${short(peerId)} · ${version} · up ${seconds(uptimeSeconds)}`);
                setAttribute(who, "title", peerId);
            }
        },
    };
}
