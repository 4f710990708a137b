// The form of an entry opens in a drawer. Without this script its link leads to a page of its own.
// It opens once htmx has settled: until then htmx may still move the focus, away from who types already.
(() => {
  "use strict";
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "entry") event.target.showModal();
  });
  // A second press on its link brings the form again: not over what was typed in meanwhile.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id === "entry" && event.target.open) event.detail.shouldSwap = false;
  });
  document.addEventListener("click", (event) => {
    const dialog = event.target.closest("[data-close]")?.closest("dialog");
    if (!dialog) return;
    event.preventDefault();
    dialog.close();
  });
})();
