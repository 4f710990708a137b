// "/" finds, j and k move over the rows, Enter opens (the row's link has the focus), x selects it, a adds, "?" lists the keys.
// Who does not want single keys switches them off in the profile.
(() => {
  "use strict";
  if (document.documentElement.dataset.keys === "off") return;
  const links = () => [...document.querySelectorAll(".rows tbody tr > :first-child a")];
  // Single keys write nothing into a box that is ticked.
  const WRITES = "input:not([type=checkbox]), select, textarea, [contenteditable], dialog[open]";

  function move(step) {
    const all = links();
    const row = document.activeElement.closest("tr");
    const at = all.findIndex((link) => link.closest("tr") === row);
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
    if (next) next.focus();
  }

  const keys = {
    "/": () => document.getElementById("find")?.focus(),
    j: () => move(1),
    k: () => move(-1),
    x: () => document.activeElement.closest("tr")?.querySelector(".pick input")?.click(),
    a: () => document.querySelector(".adds a")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest(WRITES)) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
