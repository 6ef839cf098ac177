// SPDX-License-Identifier: GPL-3.0-or-later
// The graph of what comes and goes, by uPlot.
import uPlot from "./uplot/uPlot.esm.js";
import { colour } from "./colours.js";
import { el } from "./dom.js";
import { rate, sized } from "./format.js";

const HEIGHT = 290;

function options(width) {
    const axis = { stroke: colour("ink-soft"), font: "12px system-ui, sans-serif", grid: { stroke: colour("line"), width: 1 },
        ticks: { show: false } };
    const series = (label, name) => ({ label, stroke: colour(name), fill: `color-mix(in srgb, ${colour(name)} 12%, transparent)`,
        width: 1.75, points: { show: false }, value: (chart, value) => (value === null ? "" : rate(value)) });
    return {
        width,
        height: HEIGHT,
        // The last time on the axis stands half behind its line.
        padding: [12, 30, 0, 0],
        cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
        legend: { show: false },
        scales: { y: { range: (chart, least, most) => [0, Math.max(most * 1.1, 64 * 1024)] } },
        series: [{}, series("Down", "down"), series("Up", "up")],
        axes: [
            { ...axis, size: 34, space: 90, values: (chart, splits) => splits.map((at) => new Date(at * 1000).toTimeString().slice(0, 8)) },
            { ...axis, size: 74, space: 44, incrs: increments(), values: (chart, splits) => splits.map((value) => (value === 0 ? "0"
                : `${sized(value).map((part) => part.replace(/\.0+$/, "")).join(" ")}/s`)) },
        ],
    };
}

/** Steps that are whole in powers of two. */
function increments() {
    return Array.from({ length: 40 }, (_, power) => 2 ** power);
}

export function rateChart(onPoint) {
    const root = el("div", { class: "chart" });
    let chart = null;
    let data = [[], [], []];

    function make() {
        if (chart !== null) {
            chart.destroy();
            chart = null;
        }
        if (root.clientWidth === 0) {
            return;
        }
        const all = options(root.clientWidth);
        all.hooks = { setCursor: [(made) => onPoint(made.cursor.idx ?? null, data)] };
        chart = new uPlot(all, data, root);
        chart.root.setAttribute("aria-hidden", "true");
    }

    new ResizeObserver(() => {
        if (chart === null) {
            make();
        } else if (root.clientWidth > 0) {
            chart.setSize({ width: root.clientWidth, height: HEIGHT });
        }
    }).observe(root);
    document.addEventListener("theme", make);

    return {
        root,
        show(next) {
            data = next;
            if (chart !== null) {
                chart.setData(data);
            }
        },
    };
}
