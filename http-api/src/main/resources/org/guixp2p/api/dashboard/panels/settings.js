// SPDX-License-Identifier: GPL-3.0-or-later
// What can be changed while the node runs, and what it was told at its start.
import { el, panel, reconcile, setText } from "../dom.js";
import { WAY_IN, action, hold, tryChange } from "../forms.js";
import { parseRate, rateText } from "../format.js";
import { notice } from "../notices.js";
import { onSession } from "../session.js";

const LIMITS = [["upload", "To all peers together"], ["download", "From all peers and servers"],
    ["uploadPerPeer", "To each peer"], ["downloadPerPeer", "From each peer"]];
const POLICIES = [["p2p-first", "Peers first", "Peers are asked first; what they do not have comes from servers."],
    ["http-first", "Servers first", "Servers are asked first; peers help when those fail."],
    ["p2p-only", "Peers only", "Nothing but narinfos comes from servers."]];

export function access() {
    const words = el("p");
    const own = panel("Access");
    own.body.append(words);
    onSession((may) => setText(words, may ? "This tab may change settings until it is closed, and again where the browser restores it."
        : `This tab may look only. ${WAY_IN}`));
    return { root: own.root };
}

export function limits({ feeds }) {
    const own = panel("Limits", { place: "half" });
    const inputs = new Map();
    const fields = el("div", { class: "fields" });
    for (const [name, label] of LIMITS) {
        const input = el("input", { type: "text", name, inputmode: "text", autocomplete: "off", placeholder: "0", disabled: true });
        inputs.set(name, input);
        fields.append(el("label", { class: "field" }, el("span", { text: label }), input));
    }
    const set = action("Set limits", apply, { main: true });
    // Until it is known what holds: nobody lifts a limit that he has not seen.
    hold(set, true);
    own.body.append(el("div", { class: "stack" }, fields,
        el("p", { class: "soft small", text: "Bytes per second, as 500K or 2 MiB; 0 is no limit. They hold until the node ends." }),
        el("div", {}, set)));

    async function apply() {
        const body = {};
        for (const [name, input] of [...inputs].filter(([, one]) => one.dataset.changed !== undefined)) {
            body[name] = input.value.trim() === "" ? 0 : parseRate(input.value);
            if (!Number.isSafeInteger(body[name])) {
                notice(`"${input.value}" is no rate.`, true);
                input.focus();
                return;
            }
        }
        if (Object.keys(body).length === 0) {
            notice("No limit was changed.");
        } else if (await tryChange("POST", "/api/limits", body, "The limits hold from now on.")) {
            inputs.forEach((input) => delete input.dataset.changed);
            feeds.limits.soon();
        }
    }

    inputs.forEach((input) => input.addEventListener("input", () => {
        input.dataset.changed = "";
    }));

    function render() {
        if (own.has(feeds.limits)) {
            hold(set, false);
            for (const [name, input] of inputs) {
                input.disabled = false;
                // Nothing is taken away from whoever is typing.
                if (input.dataset.changed === undefined) {
                    input.value = rateText(feeds.limits.value[name]);
                }
            }
        }
    }

    return { root: own.root, watch: [[feeds.limits, render]] };
}

export function policy({ feeds }) {
    const own = panel("Policy", { place: "half" });
    const radios = POLICIES.map(([value]) => el("input", { type: "radio", name: "policy", value }));
    const choice = el("fieldset", {}, el("legend", { class: "unseen", text: "Where substitutes come from" }), el("div", { class: "options" },
        ...POLICIES.map(([, label, about], at) => el("label", {}, radios[at],
            el("span", {}, el("strong", { text: label }), el("br"), el("span", { class: "soft", text: about }))))));
    const set = action("Set policy", apply, { main: true });
    own.body.append(el("div", { class: "stack" }, choice, el("div", {}, set)));
    let touched = false;
    radios.forEach((radio) => radio.addEventListener("change", () => {
        touched = true;
    }));

    async function apply() {
        const wanted = radios.find((radio) => radio.checked)?.value;
        if (wanted && await tryChange("POST", "/api/policy", { policy: wanted }, "The policy holds from now on.")) {
            touched = false;
            feeds.status.soon();
        } else {
            // What does not hold is not shown as if it did.
            touched = false;
            render();
        }
    }

    function render() {
        if (own.has(feeds.status) && !touched) {
            radios.forEach((radio) => {
                radio.checked = radio.value === feeds.status.value.policy;
            });
        }
    }

    return { root: own.root, watch: [[feeds.status, render]] };
}

export function configuration({ feeds }) {
    const own = panel("Configuration");
    const pairs = el("dl", { class: "pairs" });
    own.body.append(pairs);

    function render() {
        if (own.has(feeds.config)) {
            const terms = Object.entries(feeds.config.value).flatMap(([name, value]) => [["dt", name, name], ["dd", name, textOf(value)]]);
            reconcile(pairs, terms, ([kind, name]) => `${kind} ${name}`, ([kind]) => el(kind, { class: "code" }),
                (node, [, , text]) => setText(node, text));
        }
    }

    return { root: own.root, watch: [[feeds.config, render]] };
}

function textOf(value) {
    return value === null ? "off" : Array.isArray(value) ? value.join("\n") || "none" : String(value);
}
