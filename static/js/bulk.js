// The box in the head of a list selects all rows of the page. Without this script it is not there.
(() => {
  "use strict";
  const boxes = () => [...document.querySelectorAll("tbody .pick input")];

  function show() {
    const all = document.querySelector("[data-pick-all]");
    if (!all) return;
    const rows = boxes(), picked = rows.filter((box) => box.checked).length;
    all.parentElement.hidden = false;
    all.checked = picked > 0 && picked === rows.length;
    all.indeterminate = picked > 0 && picked < rows.length;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) boxes().forEach((box) => { box.checked = event.target.checked; });
    if (event.target.closest(".pick")) show();
  });
  document.addEventListener("reset", () => setTimeout(show));
  document.addEventListener("htmx:afterSwap", show);
  show();
})();
