// The form of an entry opens in a drawer. Without this script its link leads to a page of its own.
(() => {
  "use strict";
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "entry") event.target.showModal();
  });
  document.addEventListener("click", (event) => {
    const dialog = event.target.closest("[data-close]")?.closest("dialog");
    if (!dialog) return;
    event.preventDefault();
    dialog.close();
  });
})();
