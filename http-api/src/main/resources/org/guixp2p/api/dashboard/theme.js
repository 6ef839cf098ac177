// SPDX-License-Identifier: GPL-3.0-or-later
// Runs before anything is drawn, so that nobody sees the other colours first. Not a module: those wait for the page.
(function () {
    const dark = matchMedia("(prefers-color-scheme: dark)");

    function chosen() {
        try {
            return localStorage.getItem("theme") || "auto";
        } catch (refused) {
            return "auto";
        }
    }

    function apply() {
        const theme = chosen() === "auto" ? (dark.matches ? "dark" : "light") : chosen();
        if (document.documentElement.dataset.theme !== theme) {
            document.documentElement.dataset.theme = theme;
            document.dispatchEvent(new Event("theme"));
        }
    }

    dark.addEventListener("change", apply);
    document.addEventListener("theme-chosen", apply);
    apply();
})();
