// SPDX-License-Identifier: GPL-3.0-or-later
// The figures that matter most, on one line.
import { el, setText } from "../dom.js";
import { count, sized } from "../format.js";

export function summary({ feeds, rates }) {
    const root = el("dl", { class: "figures" });
    const figures = {};
    for (const [name, label] of [["down", "Receiving"], ["up", "Giving"], ["peers", "Peers"], ["active", "Under way"],
        ["seeds", "Offered"], ["builds", "Builds seen"], ["dht", "DHT nodes"]]) {
        const value = el("span", { text: "–" });
        const unit = el("small");
        figures[name] = (text, of = "") => {
            setText(value, text);
            setText(unit, of ? ` ${of}` : "");
        };
        root.append(el("div", { class: `of-${name}` }, el("dt", { text: label }), el("dd", {}, value, unit)));
    }

    function tick() {
        const { down, up } = rates.now();
        const [received, unit] = sized(down);
        figures.down(received, `${unit}/s`);
        const [given, of] = sized(up);
        figures.up(given, `${of}/s`);
    }

    function render({ value }) {
        if (value !== null) {
            figures.peers(count(value.connectedPeers));
            figures.active(count(value.activeTransfers));
            figures.seeds(count(value.seeds));
            figures.builds(count(value.buildsSeen));
            figures.dht(count(value.dhtNodes));
        }
    }

    return { root, watch: [[feeds.status, render]], tick, shown: tick };
}
