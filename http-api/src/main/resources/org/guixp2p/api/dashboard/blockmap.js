// SPDX-License-Identifier: GPL-3.0-or-later
// Which part of a NAR came from whom: a row of cells that goes on in the next line.
import { colour, colourOf } from "./colours.js";
import { el, setAttribute } from "./dom.js";
import { percent, plural, sourceName } from "./format.js";

const CELL = 9;
const SPACE = 2;

export function blockMap() {
    const canvas = el("canvas", { role: "img", "aria-label": "Blocks: not known yet" });
    const root = el("div", {}, canvas);
    let shown = null;

    function draw() {
        const width = root.clientWidth;
        if (shown === null || width === 0) {
            return;
        }
        const { map, sources } = shown;
        const cells = Math.ceil(map.blocks / map.blocksPerCell);
        const columns = Math.max(1, Math.floor((width + SPACE) / (CELL + SPACE)));
        const lines = Math.max(1, Math.ceil(cells / columns));
        const height = lines * (CELL + SPACE) - SPACE;
        const scale = devicePixelRatio || 1;
        if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
            canvas.width = Math.round(width * scale);
            canvas.height = Math.round(height * scale);
            canvas.style.height = `${height}px`;
        }
        const pen = canvas.getContext("2d");
        pen.setTransform(scale, 0, 0, scale, 0, 0);
        pen.clearRect(0, 0, width, height);
        let cell = 0;
        for (let run = 0; run + 1 < map.runs.length; run += 2) {
            const source = sources[map.runs[run]];
            pen.fillStyle = source === undefined ? colour("empty") : colourOf(source.name);
            for (let end = Math.min(cells, cell + map.runs[run + 1]); cell < end; cell++) {
                pen.fillRect(cell % columns * (CELL + SPACE), Math.floor(cell / columns) * (CELL + SPACE), CELL, CELL);
            }
        }
    }

    /** In words, for those who do not see it. */
    function words({ map, sources }) {
        const given = new Map();
        let all = 0;
        for (let run = 0; run + 1 < map.runs.length; run += 2) {
            all += map.runs[run + 1];
            given.set(map.runs[run], (given.get(map.runs[run]) ?? 0) + map.runs[run + 1]);
        }
        const parts = [...given].filter(([source]) => source >= 0 && sources[source])
            .map(([source, cells]) => `${percent(cells, all)} from ${sourceName(sources[source].name)}`);
        return `Map of ${plural(map.blocks, "block")}: ${parts.length ? parts.join(", ") : "none there yet"}`;
    }

    new ResizeObserver(draw).observe(root);

    return {
        root,
        draw,
        show(map, sources) {
            shown = { map, sources };
            setAttribute(canvas, "aria-label", words(shown));
            draw();
        },
    };
}
