// What a draft would do to the accounts on the page: the score as metrics.md section 4 defines it, with the same
// doubles in the same order as metrics/formulas/scoring.py, so that both come to the same 1/10,000 of a point.
// Pure: numbers in, numbers out. `data` has lines [{group, tracked, assumed, points: Float64Array, NaN: nothing}].
globalThis.Whatif = (() => {
  "use strict";
  const UNIT = 10000, NEUTRAL = 50 * UNIT;
  const GREY = 0, RED = 1, YELLOW = 2, GREEN = 3;
  const MIN_COVERAGE = 0.4, MIN_LINES = 3, MIN_RANKED = 20, QUARTER = 25;

  // Half-even, as NumPy's rint.
  function rint(x) {
    const floor = Math.floor(x), rest = x - floor;
    if (rest < 0.5) return floor;
    if (rest > 0.5) return floor + 1;
    return floor % 2 === 0 ? floor : floor + 1;
  }

  // A column as the page brings it: its different values once, and for each account which (base64 of 16 bits).
  function unpack({ values, at }) {
    const bytes = Uint8Array.from(atob(at), (letter) => letter.charCodeAt(0));
    const places = new DataView(bytes.buffer);
    return Float64Array.from({ length: bytes.length / 2 }, (_, n) => values[places.getUint16(2 * n, true)] ?? NaN);
  }

  // Which lines, by group, in the order in which the groups first appear.
  function grouped(lines) {
    const groups = new Map();
    lines.forEach((line, n) => groups.set(line.group, [...(groups.get(line.group) ?? []), n]));
    return [...groups.values()];
  }

  // What counts of each line: without untracked lines, with what a line assumes for missing data.
  function counted(line) {
    if (!line.tracked) return line.points.map(() => NaN);
    return line.assumed === null ? line.points : line.points.map((p) => (Number.isNaN(p) ? line.assumed : p));
  }

  function total(column) {
    let sum = 0;
    for (const value of column) sum += value;
    return sum;
  }

  // Scores in 1/10,000 point (meaningful where `scored`).
  function scores(data, weights) {
    const { lines, size, adds } = data;
    const w = lines.map((line, n) => (line.tracked ? weights[n] : 0)), sum = total(w);
    const points = lines.map(counted), lift = adds ? added : weighed(w, sum, grouped(lines), points);
    const score = new Int32Array(size), scored = new Uint8Array(size), units = new Array(lines.length);
    for (let a = 0; a < size; a++) {
      lift(a, points, units);
      // What rounding carries past an end is cut off, as the server takes it off the largest pull.
      score[a] = Math.min(2 * NEUTRAL, Math.max(0, NEUTRAL + total(units)));
      let heard = 0, there = 0;
      for (let n = 0; n < lines.length; n++) {
        if (lines[n].tracked && !Number.isNaN(lines[n].points[a])) { heard += w[n]; there += 1; }
      }
      scored[a] = (sum > 0 ? heard / sum : heard) >= MIN_COVERAGE && there >= MIN_LINES ? 1 : 0;
    }
    return { score, scored };
  }

  function added(a, points, units) {
    for (let n = 0; n < points.length; n++) units[n] = rint((Number.isNaN(points[n][a]) ? 0 : points[n][a]) * UNIT);
  }

  // Contributions of an account by effective weights: a missing weight stays in its group, then goes to the others;
  // no line more than doubles.
  function weighed(w, sum, groups, points) {
    const whole = groups.map((columns) => total(columns.map((n) => w[n])));
    const groupOf = [], present = new Float64Array(groups.length);
    groups.forEach((columns, g) => columns.forEach((n) => { groupOf[n] = g; }));
    return (a, _points, units) => {
      let heard = 0;
      for (let g = 0; g < groups.length; g++) {
        present[g] = 0;
        for (const n of groups[g]) present[g] += Number.isNaN(points[n][a]) ? 0 : w[n];
        heard += present[g] > 0 ? whole[g] : 0;
      }
      for (let n = 0; n < w.length; n++) {
        const g = groupOf[n], p = points[n][a];
        const share = present[g] > 0 ? w[n] / present[g] : 0, part = heard > 0 ? whole[g] / heard : 0;
        const e = sum > 0 && !Number.isNaN(p) ? Math.min(part * share, (2 * w[n]) / sum) : 0;
        units[n] = rint((e > 0 ? e * (p - 50) : 0) * UNIT);
      }
    };
  }

  // [red below, green from] in 1/10,000 point: the bottom and the top quarter by mid-rank; null for fewer than 20.
  function rankBorders(ranked) {
    if (ranked.length < MIN_RANKED) return null;
    const sorted = Int32Array.from(ranked).sort(), n = sorted.length;
    let red = null, green = null;
    for (let first = 0, next; first < n && green === null; first = next) {
      for (next = first; next < n && sorted[next] === sorted[first];) next++;
      const place = (100 * (first + 0.5 * (next - first))) / n;
      if (red === null && place >= QUARTER) red = sorted[first];
      if (place > 100 - QUARTER) green = sorted[first];
    }
    return [red, green ?? sorted[n - 1] + 1];
  }

  // The borders in 1/10,000 point: by rank where the draft says so and enough accounts have a score.
  function borders({ red, green, byRank }, { score, scored }) {
    const ranked = byRank ? rankBorders(score.filter((_, a) => scored[a])) : null;
    return ranked ?? [rint(red * UNIT), rint(green * UNIT)];
  }

  // By the score alone, then as it shows: after caps (GREEN: none) and bands by hand (−1: none).
  function bands({ score, scored }, [red, green]) {
    return Uint8Array.from(score, (s, a) => (scored[a] ? (s < red ? RED : s < green ? YELLOW : GREEN) : GREY));
  }
  function shown(band, limit, manual) {
    return band.map((b, a) => {
      if (manual[a] >= 0) return manual[a];
      return limit[a] === GREEN ? b : b === GREY ? limit[a] : Math.min(b, limit[a]);
    });
  }

  // All at once: `asked` has the weights in the order of the lines, and red, green, byRank.
  function judge(data, asked) {
    const found = scores(data, asked.weights), edges = borders(asked, found), computed = bands(found, edges);
    return { ...found, borders: edges, computed, band: shown(computed, data.limit, data.manual) };
  }

  // Who changes colour: their places, how many go down, up, or to and from grey, and how many were only held back.
  function moves(data, band) {
    const moved = [], count = { down: 0, up: 0, grey: 0, held: 0 };
    band.forEach((b, a) => {
      const was = data.was.band[a];
      if (b === was) return;
      moved.push(a);
      count[b === GREY || was === GREY ? "grey" : b < was ? "down" : "up"] += 1;
      if (b === data.loose[a]) count.held += 1;
    });
    return { moved, count };
  }

  // How many accounts have a score in each of so many equal parts of 0…100, by band.
  function histogram({ score, scored }, band, bins) {
    const found = Array.from({ length: bins }, () => [0, 0, 0, 0]);
    score.forEach((s, a) => {
      if (scored[a]) found[Math.min(bins - 1, Math.floor(s / ((2 * NEUTRAL) / bins)))][band[a]] += 1;
    });
    return found;
  }

  return { UNIT, rint, unpack, judge, moves, histogram };
})();
