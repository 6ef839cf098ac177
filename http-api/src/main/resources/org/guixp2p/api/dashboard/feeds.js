// SPDX-License-Identifier: GPL-3.0-or-later
// What the node says of itself, asked for again and again while somebody looks at it.
import { Refused, described, get } from "./api.js";
import { settle } from "./focus.js";

/** How much rarer it is asked for what it does not have. */
const RARE = 60_000;
const SLOWEST = 30_000;
/** However often something is said to have changed: asking costs the node something too. */
const QUICKEST = 1_000;

export class Feed {
    #path;
    #every;
    #listeners = new Set();
    #timer = null;
    #asking = false;
    #tag = null;
    #asked = -Infinity;
    #failures = 0;
    #again = false;

    value = null;
    /** When that came. */
    heard = null;
    next = null;
    headers = null;
    problem = null;
    missing = false;

    constructor(path, everyMillis) {
        this.#path = path;
        this.#every = everyMillis;
        document.addEventListener("visibilitychange", () => this.#plan());
    }

    /** Listens until what is returned is called. */
    watch(listener) {
        this.#listeners.add(listener);
        if (this.value !== null || this.problem) {
            listener(this);
        }
        this.#plan();
        return () => {
            this.#listeners.delete(listener);
            this.#plan();
        };
    }

    /** Something has changed: it is asked for soon. */
    soon() {
        this.#again = true;
        this.#plan();
    }

    /** Another page of it. What was wrong with the one before says nothing of it. */
    turn(path) {
        this.#path = path;
        this.#tag = null;
        this.problem = null;
        this.soon();
    }

    #plan() {
        clearTimeout(this.#timer);
        this.#timer = null;
        if (this.#listeners.size === 0 || document.hidden || this.#asking) {
            return;
        }
        const wait = this.#again ? QUICKEST : this.missing ? RARE
            : Math.min(SLOWEST, this.#every * 2 ** Math.min(this.#failures, 5));
        this.#timer = setTimeout(() => this.#ask(), Math.max(0, this.#asked + wait - performance.now()));
    }

    async #ask() {
        this.#asking = true;
        this.#again = false;
        const path = this.#path;
        try {
            if (!await described(path)) {
                throw new Refused(404, "it is not offered");
            }
            const answer = await get(path);
            if (path === this.#path) {
                this.#take(answer);
            }
        } catch (refused) {
            this.#failures++;
            this.missing = refused.status === 404;
            this.problem = refused.message;
            this.#tell();
        } finally {
            this.#asking = false;
            this.#asked = performance.now();
            this.#plan();
        }
    }

    #take(answer) {
        const same = answer.tag !== null && answer.tag === this.#tag && !this.problem;
        this.#failures = 0;
        this.#tag = answer.tag;
        this.value = answer.value;
        this.heard = Date.now();
        this.next = answer.next;
        this.headers = answer.headers;
        this.problem = null;
        this.missing = false;
        if (!same) {
            this.#tell();
        }
    }

    #tell() {
        this.#listeners.forEach((listener) => listener(this));
        settle();
    }
}

/** A feed that is asked for only while something else, which is watched with it, is so. */
export function whileSo(other, isSo, feed) {
    return {
        watch(listener) {
            let stop = null;
            const leave = other.watch(() => {
                if (isSo(other) && stop === null) {
                    stop = feed.watch(listener);
                } else if (!isSo(other)) {
                    stop?.();
                    stop = null;
                }
            });
            return () => {
                leave();
                stop?.();
            };
        },
    };
}

/** All of them. */
export function feeds() {
    return {
        status: new Feed("/api/status", 2_000),
        peers: new Feed("/api/peers?limit=50", 2_000),
        transfers: new Feed("/api/transfers?limit=30", 5_000),
        builds: new Feed("/api/builds?limit=12", 15_000),
        // Of a closure there may be thousands that were not promised before the first one that was fetched.
        downloads: new Feed("/api/builds?limit=30&outcome=done,failed", 15_000),
        refused: new Feed("/api/builds?limit=1&outcome=not-claimed", 15_000),
        seeds: new Feed("/api/seeds?limit=25", 10_000),
        packages: new Feed("/api/packages?limit=50", 60_000),
        catalog: new Feed("/api/catalog?limit=25", 30_000),
        mirrors: new Feed("/api/mirrors", 15_000),
        diagnostics: new Feed("/api/diagnostics", 30_000),
        shareInfo: new Feed("/api/share-info", 15_000),
        config: new Feed("/api/config", 60_000),
        limits: new Feed("/api/limits", 15_000),
    };
}
