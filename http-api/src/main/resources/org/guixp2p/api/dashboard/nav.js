// SPDX-License-Identifier: GPL-3.0-or-later
// The views: one is shown, by the address's fragment, so that the browser's history and bookmarks work.
import { el, setAttribute } from "./dom.js";

/** @param views each with `name`, `title` and `panels` (each with `root`, `watch` and, it may be, `shown`) */
export function views(all) {
    const main = document.getElementById("main");
    const links = all.map((view) => el("a", { href: `#/${view.name}`, text: view.title }));
    document.getElementById("views").append(el("ul", {}, ...links.map((link) => el("li", {}, link))));
    const sections = all.map((view) => el("section", { class: "view", hidden: true, "aria-labelledby": `title-${view.name}` },
        el("h1", { id: `title-${view.name}`, tabindex: "-1", text: view.title }), ...view.panels.map((one) => one.root)));
    main.append(...sections);
    let current = -1;
    let unwatch = [];

    function show(moved) {
        const named = all.findIndex((view) => `#/${view.name}` === location.hash);
        // Another fragment, as that of the skip link, is no view.
        const wanted = named >= 0 ? named : Math.max(0, current);
        if (wanted === current) {
            return;
        }
        unwatch.forEach((stop) => stop());
        current = wanted;
        sections.forEach((section, at) => {
            section.hidden = at !== wanted;
        });
        links.forEach((link, at) => setAttribute(link, "aria-current", at === wanted ? "page" : null));
        // Where they do not fit; the page stays where it is.
        links[wanted].scrollIntoView({ block: "nearest", inline: "nearest" });
        document.title = `${all[wanted].title} · guix-p2p`;
        unwatch = all[wanted].panels.flatMap((one) => (one.watch ?? []).map(([feed, render]) => feed.watch(render)));
        all[wanted].panels.forEach((one) => one.shown?.());
        if (moved) {
            // Whoever cannot see is told where he is by now.
            scrollTo(0, 0);
            document.getElementById(`title-${all[wanted].name}`).focus({ preventScroll: true });
        }
    }

    addEventListener("hashchange", () => show(true));
    show(false);

    return {
        /** The panels of the view that is shown. */
        panels: () => all[current].panels,
    };
}
