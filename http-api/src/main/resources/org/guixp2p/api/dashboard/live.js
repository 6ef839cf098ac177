// SPDX-License-Identifier: GPL-3.0-or-later
// Events as they happen, by Server-Sent Events (HTML Living Standard, section 9.2). Read by hand, as an EventSource neither
// shows the comments by which a quiet node is told from a dead one, nor comes again after an error.
const SILENCE = 40_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
/** No event is as long as that. */
const LONGEST = 1 << 20;

export class Live {
    #onEvent;
    #onState;
    #last = null;
    #wait = FIRST_WAIT;
    #hurry = () => {};
    #abort = null;
    #heard = Date.now();

    /** @param onState is told "connecting", "live" or "stale", since when nothing was heard, and when it is tried again */
    constructor(onEvent, onState) {
        this.#onEvent = onEvent;
        this.#onState = onState;
    }

    /** Never ends. */
    async run() {
        addEventListener("online", () => this.tryNow());
        document.addEventListener("visibilitychange", () => document.hidden || this.tryNow());
        this.#onState("connecting");
        for (;;) {
            try {
                await this.#read();
            } catch (failure) {
                // As when it ends: the same is done.
            }
            this.#onState("stale", this.#heard, Date.now() + this.#wait);
            await this.#pause(this.#wait);
            this.#wait = Math.min(LONGEST_WAIT, this.#wait * 2);
        }
    }

    /** Does not wait any longer before it tries again. */
    tryNow() {
        this.#hurry();
    }

    #pause(millis) {
        return new Promise((done) => {
            const timer = setTimeout(done, millis);
            this.#hurry = () => {
                clearTimeout(timer);
                done();
            };
        });
    }

    async #read() {
        this.#abort = new AbortController();
        const headers = this.#last === null ? {} : { "Last-Event-ID": this.#last };
        let silence = this.#limit();
        try {
            const response = await fetch("/api/events/stream", { headers, cache: "no-store", credentials: "omit",
                signal: this.#abort.signal });
            if (!response.ok) {
                throw new Error(`status ${response.status}`);
            }
            this.#onState("live");
            this.#hurry = () => {};
            const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
            let rest = "";
            for (let part = await reader.read(); !part.done; part = await reader.read()) {
                clearTimeout(silence);
                silence = this.#limit();
                this.#heard = Date.now();
                this.#wait = FIRST_WAIT;
                rest = this.#parse(rest + part.value);
            }
        } finally {
            clearTimeout(silence);
            this.#abort.abort();
        }
    }

    #limit() {
        return setTimeout(() => this.#abort.abort(), SILENCE);
    }

    #parse(text) {
        const blocks = text.split("\n\n");
        const rest = blocks.pop();
        if (rest.length > LONGEST) {
            throw new Error("an event without an end");
        }
        for (const block of blocks) {
            const data = [];
            for (const line of block.split("\n")) {
                if (line.startsWith("id: ")) {
                    this.#last = line.slice(4);
                } else if (line.startsWith("data: ")) {
                    data.push(line.slice(6));
                }
            }
            if (data.length > 0) {
                this.#onEvent(JSON.parse(data.join("\n")));
            }
        }
        return rest;
    }
}
