// SPDX-License-Identifier: GPL-3.0-or-later
// The pages of a long list, which the node gives one at a time.
import { el, setText } from "./dom.js";

/** Buttons to turn a feed's pages; `beginning` is where it begins. */
export function paging(feed, beginning) {
    let first = beginning;
    const back = el("button", { type: "button", text: "First page", on: { click: () => turn(first, 1) } });
    const on = el("button", { type: "button", text: "Next page", on: { click: goOn } });
    const where = el("span", { class: "soft small", role: "status" });
    const root = el("div", { class: "more", hidden: true }, back, on, where);
    let page = 1;
    /** To which page it is being turned, what is seen until it is there, and whether that is of another list. */
    let turning = null;

    function turn(path, number) {
        turning = { number, from: feed.value, other: turning?.other };
        feed.turn(path);
        show();
    }

    /** What comes after what is seen, unless something else is on its way: that of another list would come instead. */
    function goOn() {
        if (turning === null || (feed.problem !== null && !turning.other)) {
            turn(feed.next, page + 1);
        }
    }

    /** Goes to the first page of another list. Nothing is said of that: it may be at each letter of a search. */
    function begin(path) {
        first = path;
        turning = { number: 1, from: feed.value, quiet: true, other: true };
        feed.turn(path);
    }

    function show() {
        if (turning !== null && feed.value !== turning.from) {
            page = turning.number;
            turning = null;
        }
        if (turning === null && page > 1 && feed.value?.length === 0) {
            // What was there has gone; there may be something before it.
            turn(first, 1);
            return;
        }
        const still = turning === null || turning.quiet === true;
        root.hidden = page === 1 && feed.next === null && still;
        // Also before the next one is there: it may never come.
        back.disabled = page === 1 && still;
        on.disabled = feed.next === null;
        setText(where, still ? `Page ${page}`
            : feed.problem === null ? `Page ${page}; page ${turning.number} is coming`
                : `Page ${page}; page ${turning.number} did not come`);
    }

    return { root, show, begin, page: () => page };
}
