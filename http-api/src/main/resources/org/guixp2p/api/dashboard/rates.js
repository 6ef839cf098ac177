// SPDX-License-Identifier: GPL-3.0-or-later
// How much comes and goes each second, from events; the last quarter of an hour.
const BLOCK = 256 * 1024;
const KEPT = 900;
/** Blocks are told of about once a second, so a single second says little. */
const SMOOTHED = 4;

export class Rates {
    /** Seconds since 1970, then bytes; a place for each second, used again and again. */
    #second = new Float64Array(KEPT);
    #down = new Float64Array(KEPT);
    #up = new Float64Array(KEPT);

    take(event) {
        if (event.type === "blocks-received" && event.source !== "disk") {
            this.#add(this.#down, event.at, event.bytes);
        } else if (event.type === "blocks-served") {
            this.#add(this.#up, event.at, event.bytes ?? event.blocks * BLOCK);
        }
    }

    #add(series, at, bytes) {
        const second = Math.floor(Date.parse(at) / 1000);
        const place = second % KEPT;
        if (this.#second[place] > second) {
            return;
        }
        if (this.#second[place] < second) {
            this.#second[place] = second;
            this.#down[place] = 0;
            this.#up[place] = 0;
        }
        series[place] += bytes;
    }

    #at(series, second) {
        const place = ((second % KEPT) + KEPT) % KEPT;
        return this.#second[place] === second ? series[place] : 0;
    }

    /** Bytes per second over the seconds before one. */
    #smooth(series, second) {
        let sum = 0;
        for (let before = 0; before < SMOOTHED; before++) {
            sum += this.#at(series, second - before);
        }
        return sum / SMOOTHED;
    }

    /** Bytes per second now; the second that is not over is left out. */
    now() {
        const second = Math.floor(Date.now() / 1000) - 1;
        return { down: this.#smooth(this.#down, second), up: this.#smooth(this.#up, second) };
    }

    /** Times and rates of the last so many seconds, oldest first. */
    history(length) {
        const last = Math.floor(Date.now() / 1000) - 1;
        const times = [];
        const down = [];
        const up = [];
        for (let second = last - Math.min(length, KEPT - SMOOTHED); second <= last; second++) {
            times.push(second);
            down.push(this.#smooth(this.#down, second));
            up.push(this.#smooth(this.#up, second));
        }
        return [times, down, up];
    }
}
