// The box on every page: what is found shows below it while one types. Arrows move, Enter opens, Escape closes.
// A choice holds for the words it was found by: once they change, Enter leads to the page of the search.
(() => {
  "use strict";
  const box = document.getElementById("find");
  const list = document.getElementById("found");
  if (!box) return;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function choose(option) {
    options().forEach((each) => each.setAttribute("aria-selected", String(each === option)));
    if (!option) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function show(open) {
    list.hidden = !open;
    box.setAttribute("aria-expanded", String(open));
    if (!open) choose(null);
  }

  function move(step) {
    const all = options();
    const at = all.indexOf(chosen()) + step;
    show(all.length > 0);
    choose(all[(at + all.length) % all.length]);
  }

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(chosen() ? -1 : 0),
    Escape: () => (list.hidden ? box.blur() : show(false)),
    Enter: () => chosen().click(),
  };

  box.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.isComposing || (event.key === "Enter" && !chosen())) return;
    event.preventDefault();
    keys[event.key]();
  });
  box.addEventListener("input", () => choose(null));
  box.addEventListener("focus", () => box.select());
  box.form.addEventListener("focusout", (event) => {
    if (!box.form.contains(event.relatedTarget)) show(false);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== list) return;
    const { query, count } = list.firstElementChild.dataset;
    document.getElementById("find-count").textContent = count;
    show(query !== "" && list.textContent.trim() !== "" && box.form.contains(document.activeElement));
    if (query === box.value.trim()) choose(options()[0]);
  });
})();
