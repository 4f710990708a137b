"""The studio in a real browser, and whether its arithmetic is that of the server."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from dashboards.panels.studio.effect import count_of, effect_of, packed
from metrics.drafts import newest, open_draft
from metrics.formulas import scoring
from metrics.formulas.scoring import Rules
from metrics.models import Scorecard
from metrics.scorecards import Card, card_of
from metrics.whatif import what_if
from tests.dashboards.browser import MARKS, sign_in
from tests.dashboards.conftest import Book

pytestmark = MARKS

WHATIF = Path(settings.BASE_DIR, "static/js/whatif.js")
CASES = 60
JUDGE = """(cases) => cases.map(({ data, asked }) => {
  data.lines.forEach((line) => { line.points = Whatif.unpack(line.points); });
  const found = Whatif.judge(data, asked);
  return [...["score", "scored", "computed", "band"].map((name) => [...found[name]]), found.borders];
})"""


def case(rng: np.random.Generator, n: int) -> tuple[dict[str, Any], list[list[int]]]:
    """Accounts and a scorecard as they may come, and what the server makes of them."""
    size, width, adds = int(rng.integers(1, 90)), int(rng.integers(1, 32)), n % 5 == 0
    said = rng.uniform(-60 if adds else 0, 60 if adds else 100, (size, width))
    whole = rng.random((size, width)) < 0.5
    # What lies half between two integers, and what adds up to more than 100 points.
    said[whole] = rng.choice([0, 12.5, 50.00005, 50.0001, 0.00025, 100] if n % 7 else [0, 100], whole.sum())
    said[size // 2 :] = np.where(rng.random((size - size // 2, 1)) < 0.5, 100, said[size // 2 :])
    said[rng.random((size, width)) < rng.choice([0, 0.2, 0.7])] = np.nan
    weights = rng.choice([0, 1, 3, 7.5, 0.1, 40] if n % 3 else [1, 2], width).astype(float)
    groups = rng.choice(["usage", "value", "support", "money"], width).tolist()
    tracked = rng.random(width) < 0.85
    assumed = [float(rng.integers(0, 101)) if rng.random() < 0.2 else None for _each in range(width)]
    limit = rng.choice([1, 2, 3, 3, 3], size)
    manual = np.where(rng.random(size) < 0.1, rng.integers(1, 4, size), -1)
    red, green, by_rank = 39.95, 70.005, bool(n % 3 == 0)
    # As metrics/pulls.py and metrics/nightly/scores.py go about it.
    points = np.where(np.isnan(said), np.array([np.nan if a is None else a for a in assumed]), said)
    points = np.where(tracked, points, np.nan)
    c, _e = Rules(weights, groups, adds).lift(tracked, points)
    score, present = scoring.scores(c), ~np.isnan(said)
    scored = scoring.enough(scoring.coverage(weights, tracked, present & tracked), present, tracked)
    ranked = scoring.rank_borders(score[scored]) if by_rank else None
    edges = ranked or (round(red * scoring.UNIT), round(green * scoring.UNIT))
    computed = scoring.bands(score, scored, edges[0] / scoring.UNIT, edges[1] / scoring.UNIT)
    band = np.where(manual >= 0, manual, scoring.capped(computed, limit))
    lines = [
        {"group": groups[i], "tracked": bool(tracked[i]), "assumed": assumed[i], "points": packed(said[:, i])}
        for i in range(width)
    ]
    data = {"lines": lines, "size": size, "adds": adds, "limit": limit.tolist(), "manual": manual.tolist()}
    asked = {"weights": weights.tolist(), "red": red, "green": green, "byRank": by_rank}
    expected = [score.tolist(), scored.astype(int).tolist(), computed.tolist(), band.tolist(), list(edges)]
    return {"data": data, "asked": asked}, expected


def foretold(card: Card, now: datetime) -> tuple[dict[str, Any], list[list[int]]]:
    """What a page gives of a draft, and what the server foretells."""
    data, found = effect_of(card, None, True, now).data, what_if(card, now)
    version, places = card.version, np.searchsorted(found.stands.accounts, data["accounts"])
    asked = {"weights": card.weights, "red": version.red_below, "green": version.green_from, "byRank": False}
    made, borders = found.scores, [round(border * scoring.UNIT) for border in found.borders]
    told = (made.score, made.scored.astype(int), made.computed, made.band)
    return {"data": data, "asked": asked}, [*(each[places].tolist() for each in told), borders]


def test_browser_and_server_come_to_the_same_integers(tab: Page) -> None:
    rng = np.random.default_rng(6)
    cases = [case(rng, n) for n in range(CASES)]
    tab.add_script_tag(path=WHATIF)
    found = tab.evaluate(JUDGE, [given for given, _expected in cases])
    assert sum(len(expected[0]) for _given, expected in cases) > 2_000
    assert sum(expected[1].count(0) for _given, expected in cases) > 100
    for n, (_given, expected) in enumerate(cases):
        assert found[n] == expected, n


def test_a_slider_moves_accounts_and_the_draft_is_published(tab: Page, book: Book) -> None:
    acme = book.cast.acme
    scorecard = Scorecard.objects.of(acme).get()
    sign_in(tab, "carol@acme.example")
    tab.goto(f"/w/acme/scorecards/{scorecard.pk}")
    assert tab.locator("#moved-all").text_content() == "0"
    assert tab.get_by_role("button", name="Publish v2").is_disabled()
    tab.get_by_label("Weight of Feature breadth, slider").focus()
    for _press in range(26):
        tab.keyboard.press("ArrowRight")
    expect(tab.get_by_label("Weight of Feature breadth", exact=True)).to_have_value("30")
    expect(tab.locator("#moved-all")).not_to_have_text("0")
    told = tab.locator("#moved-all").text_content()
    expect(tab.locator("#saved")).to_contain_text("Draft saved")
    # What the server works out from the saved draft is what the browser said.
    draft, now = card_of(open_draft(scorecard)), timezone.now()
    assert str(count_of(draft, now)[1].all) == told
    given, expected = foretold(draft, now)
    assert tab.evaluate(JUDGE, [given]) == [expected]
    tab.get_by_role("button", name="Publish v2").click()
    tab.get_by_label("What changed, and why").fill("Breadth tells more")
    tab.get_by_role("button", name="Publish", exact=True).click()
    expect(tab.get_by_text("Version 2 is published.")).to_be_visible()
    expect(tab.locator("h1")).to_contain_text("v2")
    version = newest(scorecard)
    assert (version.number, version.comment, version.published_by) == (2, "Breadth tells more", book.cast.carol)
