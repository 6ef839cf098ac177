// SPDX-License-Identifier: GPL-3.0-or-later
// A small graph of a rate.
import { colour } from "./colours.js";
import { el, setAttribute } from "./dom.js";
import { rate } from "./format.js";

const HEIGHT = 34;

export function sparkline(name) {
    const canvas = el("canvas", { role: "img", "aria-label": `${name}: not known yet` });
    const root = el("div", {}, canvas);

    return {
        root,
        show(values) {
            const width = root.clientWidth;
            if (width === 0) {
                return;
            }
            const scale = devicePixelRatio || 1;
            if (canvas.width !== Math.round(width * scale)) {
                canvas.width = Math.round(width * scale);
                canvas.height = Math.round(HEIGHT * scale);
                canvas.style.height = `${HEIGHT}px`;
            }
            const most = Math.max(1, ...values);
            setAttribute(canvas, "aria-label", `${name}: now ${rate(values.at(-1) ?? 0)}, at most ${rate(most)}`);
            const pen = canvas.getContext("2d");
            pen.setTransform(scale, 0, 0, scale, 0, 0);
            pen.clearRect(0, 0, width, HEIGHT);
            pen.beginPath();
            const step = width / Math.max(1, values.length - 1);
            values.forEach((value, at) => pen.lineTo(at * step, HEIGHT - 2 - value / most * (HEIGHT - 5)));
            pen.strokeStyle = colour("down");
            pen.lineWidth = 1.5;
            pen.stroke();
            pen.lineTo((values.length - 1) * step, HEIGHT);
            pen.lineTo(0, HEIGHT);
            pen.closePath();
            pen.globalAlpha = 0.12;
            pen.fillStyle = colour("down");
            pen.fill();
            pen.globalAlpha = 1;
        },
    };
}
