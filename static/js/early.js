// What somebody chooses or types before htmx is there is said again once it is. Not deferred, for that would be too late.
(() => {
  "use strict";
  const early = new Map();
  const keep = (event) => early.set(event.target, event.type);
  const kinds = ["change", "input"];
  kinds.forEach((kind) => document.addEventListener(kind, keep, true));
  document.addEventListener("DOMContentLoaded", () => setTimeout(() => {
    kinds.forEach((kind) => document.removeEventListener(kind, keep, true));
    early.forEach((kind, field) => field.dispatchEvent(new Event(kind, { bubbles: true })));
  }));
})();
