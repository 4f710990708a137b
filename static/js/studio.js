// The studio: what a draft would do, worked out anew while a slider moves. The arithmetic is whatif.js.
(() => {
  "use strict";
  const { UNIT } = Whatif;
  const id = (name) => document.getElementById(name);
  const plain = (n) => new Intl.NumberFormat(document.documentElement.lang).format(n);
  let data = null, waits = false, back = "";

  function start() {
    const told = id("whatif-data");
    data = null;
    id("keep")?.setAttribute("hidden", "");
    document.querySelectorAll(".w-slide").forEach((slide) => { slide.hidden = false; });
    if (!told) return;
    data = JSON.parse(told.textContent);
    data.lines.forEach((line) => { line.points = Whatif.unpack(line.points); });
    data.was.scored = data.was.score.map((score) => (score === null ? 0 : 1));
    data.at = new Map(data.lines.map((line, n) => [line.measure, n]));
    draw(false);
  }

  // What the fields say, with what the page brought where a field is empty or wrong.
  function asked() {
    const weights = data.lines.map((line) => line.weight);
    for (const field of document.querySelectorAll(".w-number")) {
      const n = data.at.get(field.closest("[data-measure]").dataset.measure);
      if (n !== undefined && field.value !== "" && field.validity.valid) weights[n] = Number(field.value);
    }
    const red = Number(id("red-below").value), green = Number(id("green-from").value);
    return { weights, red, green, byRank: id("by-rank").checked };
  }

  // Nothing would move where the draft says what is published.
  function isPublished(draft) {
    const { was } = data;
    return data.like && draft.red === was.red && draft.green === was.green && draft.byRank === was.byRank
      && data.lines.every((line, n) => data.adds || draft.weights[n] === line.published);
  }

  function draw(says) {
    waits = false;
    const draft = asked(), found = Whatif.judge(data, draft);
    const { moved, count } = Whatif.moves(data, isPublished(draft) ? Uint8Array.from(data.was.band) : found.band);
    tell(moved, count, says);
    histogram(found);
    rows(moved, found);
    csms(moved, found);
    bandsBar(found.borders);
  }

  function tell(moved, count, says) {
    id("moved-all").textContent = plain(moved.length);
    for (const [name, n] of Object.entries(count)) {
      document.querySelectorAll(`[data-count="${name}"]`).forEach((place) => { place.textContent = plain(n); });
    }
    id("moved-grey").hidden = !count.grey;
    id("moved-held").hidden = !count.held;
    id("moved-none").hidden = moved.length > 0;
    id("moved-more").hidden = moved.length <= data.rows;
    const said = id("moved-said"), { one, many } = said.dataset;
    if (says) said.textContent = `${plain(moved.length)} ${moved.length === 1 ? one : many}`;
  }

  function histogram(found) {
    const { bins, step, height: full, ground } = data.picture;
    const drafted = Whatif.histogram(found, found.computed, bins), was = Whatif.histogram(data.was, data.was.computed, bins);
    const sums = was.map((bin) => bin[1] + bin[2] + bin[3]);
    const tallest = Math.max(1, ...sums, ...drafted.map((bin) => bin[1] + bin[2] + bin[3]));
    const picture = id("histogram"), bars = picture.querySelectorAll("rect"), marks = picture.querySelectorAll(".was-mark");
    const per = full / tallest, table = id("histogram-table").tBodies[0].rows;
    drafted.forEach((bin, n) => {
      let top = ground;
      [1, 2, 3].forEach((band) => {
        const height = bin[band] * per;
        top -= height;
        set(bars[3 * n + band - 1], { y: top, height });
        table[n].cells[band].textContent = plain(bin[band]);
      });
      set(marks[n], { d: sums[n] ? `M${n * step} ${ground - sums[n] * per}h${step}` : "" });
      table[n].cells[4].textContent = plain(sums[n]);
    });
    ["red", "green"].forEach((name, n) => {
      set(id(`axis-${name}`), { x: (found.borders[n] / (100 * UNIT)) * step * bins });
      id(`axis-${name}`).textContent = plain(Math.round(found.borders[n] / 1000) / 10);
    });
  }

  function bandsBar([red, green]) {
    const [low, middle, high] = id("bands-bar").children, per = 100 * UNIT / 100;
    set(low, { width: Math.max(0, red / per - 0.4) });
    set(middle, { x: red / per, width: Math.max(0, (green - red) / per - 0.4) });
    set(high, { x: green / per, width: Math.max(0, 100 - green / per) });
  }

  function set(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  }

  function rows(moved, found) {
    const place = id("moved-rows");
    place.replaceChildren(...moved.slice(0, data.rows).map((a) => {
      const row = document.createElement("tr"), head = document.createElement("th"), link = document.createElement("a");
      link.href = data.base + data.accounts[a];
      link.textContent = data.names[a];
      link.setAttribute("hx-boost", "false");
      head.scope = "row";
      head.append(link);
      const now = pill(data.was.band[a], data.was.score[a], data.was);
      const then = pill(found.band[a], found.scored[a] ? found.score[a] : null, found);
      const csm = cell([data.csms[data.csm[a]] || "–"], "muted");
      csm.title = data.csms[data.csm[a]];
      row.append(head, cell([now, " ", arrow(place.dataset.becomes), " ", then]), cell([money(data.mrr[a])], "num"), csm);
      return row;
    }));
  }

  function csms(moved, found) {
    const counts = new Map();
    for (const a of moved) {
      const csm = data.csm[a], now = found.band[a], was = data.was.band[a];
      const count = counts.get(csm) ?? { down: 0, up: 0, grey: 0, mrr: 0 };
      count[now === 0 || was === 0 ? "grey" : now < was ? "down" : "up"] += 1;
      count.mrr += data.mrr[a] ?? 0;
      counts.set(csm, count);
    }
    const all = (count) => count.down + count.up + count.grey;
    const told = [...counts].sort(([a, x], [b, y]) => all(y) - all(x) || a - b);
    id("moved-csms-card").hidden = !told.length;
    id("moved-csms").replaceChildren(...told.map(([csm, count]) => {
      const row = document.createElement("tr"), head = document.createElement("th");
      head.scope = "row";
      head.textContent = data.csms[csm] || "–";
      row.append(head, ...["down", "up", "grey"].map((way) => cell([plain(count[way])], "num")), cell([money(count.mrr)], "num"));
      return row;
    }));
  }

  function cell(parts, name) {
    const found = document.createElement("td");
    if (name) found.className = name;
    found.append(...parts);
    return found;
  }

  function arrow(becomes) {
    const found = document.createElement("span");
    set(found, { role: "img", "aria-label": becomes });
    found.textContent = "→";
    return found;
  }

  // The pill of a band, as the server draws it, with a score: 39.6 is not printed as 40.
  function pill(band, units) {
    const found = id("pills").content.children[band].cloneNode(true);
    found.lastChild.textContent = units === null || units === undefined ? "–" : score(units);
    return found;
  }
  function score(units) {
    const whole = Whatif.rint(units / UNIT), draft = asked();
    const over = [draft.red, draft.green].some((border) => units < border * UNIT && border <= whole);
    return over ? plain(Math.floor(units / 1000) / 10) : plain(whole);
  }
  function money(units) {
    if (units === null) return "–";
    const told = { style: "currency", currency: data.currency, maximumFractionDigits: 0 };
    return new Intl.NumberFormat(document.documentElement.lang, told).format(units / UNIT);
  }

  // Beside each slider: its number, how far it is from the published one, and the sum.
  function follow(field) {
    const row = field.closest("[data-measure]");
    if (!row) return;
    const number = row.querySelector(".w-number"), range = row.querySelector(".w-range");
    if (field === range) number.value = range.value; else range.value = number.value;
    set(row.querySelector(".w-fill"), { width: Math.min(100, (100 * Number(number.value)) / Number(range.max)) });
    const away = Whatif.rint((Number(number.value) - Number(number.dataset.published)) * 10) / 10;
    if (number.dataset.published !== undefined) {
      row.querySelector(".w-diff").textContent = away ? (away > 0 ? "+" : "−") + plain(Math.abs(away)) : "";
    }
    const all = [...document.querySelectorAll(".w-number")].reduce((sum, each) => sum + Number(each.value), 0);
    id("weights-total").textContent = plain(Math.round(all * 10) / 10);
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches(".w-range, .studio-kept")) return;
    follow(event.target);
    if (!data || waits) return;
    waits = true;
    requestAnimationFrame(() => draw(true));
  });
  // A slider has no name of its own: its number is what is kept.
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".w-range")) return;
    event.target.closest("[data-measure]").querySelector(".w-number").dispatchEvent(new Event("change"));
  });
  // A refusal has words that belong on the page.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 400 && ["saved", "studio"].includes(event.detail.target.id)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
    back = document.activeElement?.closest("[data-back]")?.dataset.back ?? "";
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "studio") return;
    start();
    // What had the focus is gone: it goes to what was open, else to the top.
    if (document.activeElement === document.body) (id(back) ?? id("studio-title")).focus({ preventScroll: true });
  });
  start();
})();
