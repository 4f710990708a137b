// Draws each [data-chart] from the figure in the json_script of that id. A figure names colours as
// "var(--ink)"; they are looked up here, so that a chart follows the theme.
(() => {
  "use strict";
  const probe = document.createElement("span");
  probe.hidden = true;

  function colour(name) {
    probe.style.color = "";
    probe.style.color = name;
    return getComputedStyle(probe).color;
  }

  function painted(part) {
    if (typeof part === "string") return part.startsWith("var(--") ? colour(part) : part;
    if (Array.isArray(part)) return part.map(painted);
    if (part && typeof part === "object") {
      return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, painted(value)]));
    }
    return part;
  }

  function draw(place) {
    const source = document.getElementById(place.dataset.chart);
    if (!source || !window.Plotly) return;
    document.body.append(probe);
    const { data, layout } = painted(JSON.parse(source.textContent));
    layout.font = { ...layout.font, family: getComputedStyle(document.body).fontFamily };
    window.Plotly.react(place, data, layout, { responsive: true, displayModeBar: false, scrollZoom: false });
  }

  function drawAll(root) {
    root.querySelectorAll("[data-chart]").forEach(draw);
  }

  drawAll(document);
  document.addEventListener("htmx:afterSettle", () => drawAll(document));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
})();
