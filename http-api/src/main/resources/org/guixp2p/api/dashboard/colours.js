// SPDX-License-Identifier: GPL-3.0-or-later
// Each source of bytes has a colour, the same everywhere; when there are many, some share one.
const SERIES = 8;
const REMEMBERED = 256;
const given = new Map();
let next = 0;
let read = new Map();

document.addEventListener("theme", () => {
    read = new Map();
});

/** The end of the name of its variable. */
export function seriesOf(source) {
    if (source === "disk") {
        return "disk";
    }
    if (!given.has(source)) {
        if (given.size >= REMEMBERED) {
            given.delete(given.keys().next().value);
        }
        given.set(source, next++ % SERIES);
    }
    return given.get(source);
}

/** What a variable of the style is now. */
export function colour(name) {
    if (!read.has(name)) {
        read.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
    }
    return read.get(name);
}

export function colourOf(source) {
    return colour(`series-${seriesOf(source)}`);
}

/** The class of a swatch. */
export function swatchOf(source) {
    return `swatch in-${seriesOf(source)}`;
}
