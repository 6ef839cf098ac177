// SPDX-License-Identifier: GPL-3.0-or-later
// How much comes and goes each second; the last quarter of an hour. Since the page is there by what the node counts, which is all
// of it; before that by events, of which the node leaves some out when there are many.
const BLOCK = 256 * 1024;
const KEPT = 900;
/** The node is asked every two seconds or so, and before that blocks were told of about once a second. */
const SMOOTHED = 4;
/** In milliseconds: over how long what comes now is measured, and how old what the node says of it may be. */
const NOW = 5_000;
const FRESH = 15_000;

export class Rates {
    /** Seconds since 1970, then bytes; a place for each second, used again and again. */
    #second = new Float64Array(KEPT);
    #down = new Float64Array(KEPT);
    #up = new Float64Array(KEPT);
    #begun = Date.now();
    /** What the node had counted lately, and when. */
    #counted = [];

    /** What happened before the page was there. */
    take(event) {
        const at = Date.parse(event.at);
        if (at >= this.#begun) {
            return;
        }
        const second = Math.floor(at / 1000);
        if (event.type === "blocks-received" && event.source !== "disk") {
            this.#add(second, event.bytes, 0);
        } else if (event.type === "blocks-served") {
            this.#add(second, 0, event.bytes ?? event.blocks * BLOCK);
        }
    }

    /** What the node has counted at a moment; what is new is spread over the time since it said so before. */
    note({ receivedBytes, givenBytes }, at) {
        const before = this.#counted.at(-1);
        if (before && at <= before.at) {
            return;
        }
        if (before && (receivedBytes < before.down || givenBytes < before.up)) {
            // Started again, it counts from the beginning.
            this.#counted = [];
        } else if (before) {
            this.#spread(before.at, at, receivedBytes - before.down, givenBytes - before.up);
        }
        this.#counted.push({ at, down: receivedBytes, up: givenBytes });
        while (this.#counted.length > 2 && at - this.#counted[0].at > NOW) {
            this.#counted.shift();
        }
    }

    #spread(from, to, down, up) {
        const last = Math.floor(to / 1000);
        for (let second = Math.max(Math.floor(from / 1000), last - KEPT + 1); second <= last; second++) {
            const part = (Math.min(to, (second + 1) * 1000) - Math.max(from, second * 1000)) / (to - from);
            this.#add(second, down * part, up * part);
        }
    }

    #add(second, down, up) {
        const place = second % KEPT;
        if (this.#second[place] > second) {
            return;
        }
        if (this.#second[place] < second) {
            this.#second[place] = second;
            this.#down[place] = 0;
            this.#up[place] = 0;
        }
        this.#down[place] += down;
        this.#up[place] += up;
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

    /** Bytes per second now. */
    now() {
        const first = this.#counted[0];
        const last = this.#counted.at(-1);
        if (this.#counted.length < 2 || Date.now() - last.at > FRESH) {
            return { down: 0, up: 0 };
        }
        const seconds = (last.at - first.at) / 1000;
        return { down: (last.down - first.down) / seconds, up: (last.up - first.up) / seconds };
    }

    /** Times and rates of the last so many seconds, oldest first; the second of which not all is known is left out. */
    history(length) {
        const last = Math.floor((this.#counted.at(-1)?.at ?? Date.now()) / 1000) - 1;
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
