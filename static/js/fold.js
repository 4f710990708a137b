// On a narrow screen [data-fold] begins closed, but for the first; what a reader opens stays open after a swap.
(() => {
  "use strict";
  const narrow = matchMedia("(max-width: 767px)");
  const opened = new Set();

  function fold() {
    const blocks = [...document.querySelectorAll("details[data-fold]")];
    blocks.forEach((block, n) => { block.open = !narrow.matches || n === 0 || opened.has(block.id); });
    const aim = location.hash && document.getElementById(location.hash.slice(1));
    if (aim) aim.closest("details[data-fold]")?.setAttribute("open", "");
  }

  fold();
  document.addEventListener("click", (event) => {
    const block = event.target.closest("details[data-fold] > summary")?.parentElement;
    if (block) opened[block.open ? "delete" : "add"](block.id);
  });
  addEventListener("hashchange", fold);
  document.addEventListener("htmx:afterSwap", fold);
  narrow.addEventListener("change", fold);
})();
