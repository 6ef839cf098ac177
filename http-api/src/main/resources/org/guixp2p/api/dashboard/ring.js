// SPDX-License-Identifier: GPL-3.0-or-later
// The latest so many of something; the oldest goes when there is another. So no page grows while it is looked at.
export class Ring {
    #items = [];
    #most;

    constructor(most) {
        this.#most = most;
    }

    push(item) {
        this.#items.push(item);
        if (this.#items.length > this.#most) {
            this.#items.shift();
        }
    }

    get size() {
        return this.#items.length;
    }

    get last() {
        return this.#items[this.#items.length - 1];
    }

    get first() {
        return this.#items[0];
    }

    /** Oldest first. */
    all() {
        return this.#items;
    }
}
