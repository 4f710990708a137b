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
    // What is folded away has no size to draw into.
    if (!source || !window.Plotly || !place.clientWidth) return;
    document.body.append(probe);
    const { data, layout } = painted(JSON.parse(source.textContent));
    layout.font = { ...layout.font, family: getComputedStyle(document.body).fontFamily };
    window.Plotly.react(place, data, layout, { responsive: true, displayModeBar: false, scrollZoom: false });
  }

  function drawAll(root) {
    root.querySelectorAll("[data-chart]").forEach(draw);
    root.querySelectorAll("[data-png]").forEach((button) => { button.hidden = !window.Plotly; });
  }

  // [data-png="id"] saves the chart of that id as a picture, on the surface it lies on. Plotly's own way draws from a
  // blob, which the policy of the pages forbids; a data address may be drawn.
  async function save(name) {
    const place = document.querySelector(`[data-chart="${name}"]`);
    document.body.append(probe);
    const size = { width: place.clientWidth, height: place.clientHeight };
    const layout = { ...place.layout, ...size, paper_bgcolor: colour("var(--surface)") };
    const picture = new Image();
    picture.src = await window.Plotly.toImage({ data: place.data, layout }, { format: "svg", ...size });
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * size.width, height: 2 * size.height });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    Object.assign(document.createElement("a"), { href: canvas.toDataURL("image/png"), download: `${name}.png` }).click();
  }

  drawAll(document);
  // It may come later: the page need not wait for it.
  document.querySelector("script[src*=plotly]")?.addEventListener("load", () => drawAll(document));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-png]");
    if (button) save(button.dataset.png);
  });
  document.addEventListener("toggle", (event) => { if (event.target.open) drawAll(event.target); }, true);
  document.addEventListener("htmx:afterSettle", () => drawAll(document));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
})();
