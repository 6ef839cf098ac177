// SPDX-License-Identifier: GPL-3.0-or-later
// Events as they happen, by a WebSocket: browsers have six connections to a host for all of its tabs together, and a stream of
// Server-Sent Events would keep one for each. A quiet node shows that it is there by a word every 15 s.
import { token } from "./session.js";

const SILENCE = 40_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export class Live {
    #onEvent;
    #onState;
    #last = null;
    #wait = FIRST_WAIT;
    #hurry = () => {};
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

    /** Ends when nothing more comes. */
    #read() {
        const address = `${location.origin.replace(/^http/, "ws")}/ws${this.#last === null ? "" : `?since=${this.#last}`}`;
        // Whoever may change something finds room where others find none. A browser gives a WebSocket no other header than this.
        const socket = new WebSocket(address, token() === null ? [] : ["guix-p2p", `guix-p2p.token.${token()}`]);
        return new Promise((done) => {
            let silence = null;
            // One that does not get through to the other end may take minutes to close.
            const end = () => {
                clearTimeout(silence);
                socket.close();
                done();
            };
            const wait = () => {
                clearTimeout(silence);
                silence = setTimeout(end, SILENCE);
            };
            wait();
            socket.addEventListener("close", end);
            socket.addEventListener("open", () => {
                wait();
                this.#onState("live");
                this.#hurry = () => {};
            });
            socket.addEventListener("message", ({ data }) => {
                wait();
                this.#heard = Date.now();
                this.#wait = FIRST_WAIT;
                this.#take(JSON.parse(data));
            });
        });
    }

    #take(event) {
        if (event.type === "alive") {
            return;
        }
        this.#last = event.number ?? this.#last;
        this.#onEvent(event);
    }
}
