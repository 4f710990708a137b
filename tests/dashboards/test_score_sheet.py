"""The formulas of the spreadsheet make the scores of the product, and follow a weight that is changed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Account, Workspace
from dashboards.panels.scorecards.sheet import score_sheet
from metrics.drafts import change_weights, draft_of
from metrics.models import Scorecard, ScorecardVersion
from metrics.whatif import what_if
from tests.cast import NOW, night
from tests.dashboards.conftest import sign_in
from tests.dashboards.spreadsheet import Spreadsheet
from tests.metrics import crowd
from tests.metrics.cases import DAY, told
from tests.metrics.steering import LINES, STEERED, owing, steer

pytestmark = pytest.mark.django_db
STEPS = {
    "usage.usage_frequency": [[">=", 10, 22.5], ["<", 3, -30]],
    "commercial.days_past_due": [[">", 30, -25], ["<=", 0, 5]],
    "usage.usage_volume": [[">", 0, 9]],
    "support.open_severe": [["=", 0, 3]],
}


@pytest.fixture
def busy(acme: Workspace) -> Workspace:
    crowd.fill(acme, crowd.make(40, seed=3))
    Account.objects.of(acme).filter(external_id="a001").update(name="=1+cmd|' /C calc'!A0")
    return acme


def compare(version: ScorecardVersion) -> int:
    """How many accounts have a score; all of them are those of the sheet."""
    file, found = io.BytesIO(), what_if(score_sheet(version, NOW).card, NOW)
    score_sheet(version, NOW).write(file)
    sheet = Spreadsheet(file)
    for n, (units, is_scored) in enumerate(zip(found.scores.score.tolist(), found.scores.scored.tolist(), strict=True)):
        said = sheet.cell("Accounts", 4 + n, 4)
        assert (said == "") != is_scored, n
        if is_scored:
            assert said == pytest.approx(units / 10_000, abs=1e-4), n
            assert sheet.cell("Accounts", 4 + n, 6) == pytest.approx(found.scores.coverage[n] / 10_000, abs=1e-4)
    return int(found.scores.scored.sum())


def test_ranks_with_ties_are_those_of_the_product(acme: Workspace) -> None:
    told(acme, {f"r{n:02}": owing(n // 3 * 9) for n in range(24)})
    of = steer(acme, lines=[(STEERED, 3, None, None, None), *LINES[1:]], at=timezone.now())
    night(acme, DAY)
    assert compare(of) == 24
    found = what_if(score_sheet(of, NOW).card, NOW)
    assert len(set(found.scores.score.tolist())) == 8


@pytest.mark.parametrize("kind", ["default", "points", "draft"])
def test_the_formulas_make_the_scores(busy: Workspace, kind: str) -> None:
    if kind == "points":
        steer(busy, steps=STEPS, at=timezone.now())
    version = ScorecardVersion.objects.of(busy).exclude(published_at=None)
    of = version.select_related("scorecard__workspace", "workspace").order_by("scorecard__position").first()
    night(busy, DAY)
    if kind == "draft":
        of = draft_of(of.scorecard)
        change_weights(of, {"usage.usage_volume": 40, "advocacy.referrals": 0, "usage.active_seats": 0.5})
    assert compare(of) > 3


def test_words_are_no_formulas_and_a_weight_is_followed(busy: Workspace) -> None:
    night(busy, DAY)
    of = ScorecardVersion.objects.of(busy).select_related("scorecard__workspace", "workspace").get()
    made, file = score_sheet(of, NOW), io.BytesIO()
    made.write(file)
    book = load_workbook(file)
    names = [book["Accounts"].cell(4 + n, 1) for n in range(len(made.named))]
    assert {cell.data_type for cell in names} == {"s"}
    line = next(n for n, line in enumerate(made.card.lines) if line.measure == "usage.usage_frequency")
    book["Scorecard"].cell(7 + line, 4).value = 40
    changed = io.BytesIO()
    book.save(changed)
    draft = draft_of(of.scorecard)
    change_weights(draft, {"usage.usage_frequency": 40})
    expected = what_if(score_sheet(draft, NOW).card, NOW).scores
    sheet = Spreadsheet(changed)
    for n, units in enumerate(expected.score.tolist()):
        if expected.scored[n]:
            assert sheet.cell("Accounts", 4 + n, 4) == pytest.approx(units / 10_000, abs=1e-4)


def test_the_page_sends_it(cast: Any) -> None:
    of = Scorecard.objects.of(cast.acme).get()
    sent = sign_in(cast.carol).get(f"/w/acme/scorecards/{of.pk}/versions/1.xlsx")
    assert sent["Content-Disposition"] == 'attachment; filename="Default-v1.xlsx"'
    assert load_workbook(io.BytesIO(sent.content)).sheetnames == ["Accounts", "Scorecard", "Ranks"]
    assert sign_in(cast.alice).get(f"/w/acme/scorecards/{of.pk}/versions/1.xlsx").status_code == 403
