"""What-if in a real browser: 5,000 accounts by 31 lines, from a slider's step to the last number."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from benchmarks.figures import Report
from dashboards.management.commands.screens import FLAGS

WHATIF = Path(__file__).parent.parent / "static/js/whatif.js"
MEASURE = """([size, width]) => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const fill = (of) => Array.from({ length: size }, of);
  const column = () => Float64Array.from({ length: size }, () => (random() < 0.1 ? NaN : random() * 100));
  const line = (_, n) => ({ group: n % 8, tracked: true, assumed: null, points: column() });
  const lines = Array.from({ length: width }, line);
  const data = { lines, size, adds: false, limit: fill(() => 3), manual: fill(() => -1) };
  const asked = { weights: lines.map(() => 1 + random() * 9), red: 40, green: 70, byRank: false };
  Object.assign(data, { was: { band: Whatif.judge(data, asked).band }, loose: fill(() => 2) });
  const times = [];
  for (let n = 0; n < 30; n++) {
    asked.weights[n % width] += 1;
    const began = performance.now(), found = Whatif.judge(data, asked);
    Whatif.moves(data, found.band);
    Whatif.histogram(found, found.computed, 20);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}"""


def run(report: Report, options: argparse.Namespace) -> None:
    """The middle and the worst of 30 steps."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    size = min(options.accounts, 5_000)
    report.title("whatif", f"{size:,} accounts × 31 lines in Chromium, from a slider's step to the last number")
    if not chromium:
        report.figure("no chromium here: apt install chromium", "–")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.add_script_tag(path=WHATIF)
        times = page.evaluate(MEASURE, [size, 31])
        browser.close()
    middle, worst = times[len(times) // 2], times[-1]
    report.figure("the middle of 30 steps", f"{middle:.1f} ms", "< 100 ms", met=middle < 100)
    report.figure("the worst", f"{worst:.1f} ms", "< 100 ms", met=worst < 100)
