"""The studio without JavaScript: plain forms change the draft, publish it, discard it; what is wrong is said."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from metrics.drafts import newest, open_draft, says
from metrics.models import Scorecard
from metrics.scorecards import card_of
from tests.cast import night
from tests.metrics.cases import DAY, day, told
from tests.metrics.steering import owing, steer

pytestmark = pytest.mark.django_db
SEATS, DUE = "usage.active_seats", "commercial.days_past_due"


class Studio:
    """A member at the page of a scorecard."""

    def __init__(self, member, scorecard):
        self.scorecard, self.args = scorecard, [member.workspace.slug, scorecard.pk]
        self.client = Client()
        self.client.force_login(member.user)

    def page(self, **asked):
        return self.client.get(reverse("scorecard", args=self.args), asked)

    def send(self, do, **fields):
        return self.post("scorecard-change", do=do, **fields)

    def post(self, way, **fields):
        draft = open_draft(self.scorecard)
        seen = {"seen": str(draft.changes if draft else 0)}
        return self.client.post(reverse(way, args=self.args), seen | fields)

    def slide(self, **fields):
        """As htmx sends what a slider says."""
        headers = {"HX-Request": "true", "HX-Target": "saved"}
        url = reverse("scorecard-change", args=self.args)
        return self.client.post(url, {"do": "weights", **fields}, headers=headers)

    def line(self, measure):
        found = {line.measure: line for line in card_of(open_draft(self.scorecard)).lines}
        return found.get(measure)


@pytest.fixture
def studio(acme, carol):
    steer(acme, caps=[(1, [[DUE, ">", 190]])])
    told(acme, {f"owes {days}": owing(days) for days in (10, 50, 100, 150)})
    night(acme, day(1))
    return Studio(carol, Scorecard.objects.of(acme).get(name="Steered"))


def test_forms_change_the_draft(acme, studio):
    assert "v1</span>" in studio.page().content.decode()
    assert studio.send("weights", **{f"weight.{DUE}": "3.5", "red_below": "60", "green_from": "90"}).status_code == 302
    draft = open_draft(studio.scorecard)
    assert (studio.line(DUE).weight, draft.red_below, draft.bands_by_rank, draft.changes) == (3.5, 60, False, 2)
    # 100 − days ÷ 2: 95.5, 75.5, 50.5 and 25.5 on the day before DAY.
    page = studio.page()
    assert page.context["panel"].effect.count.all == 2
    assert [row.name for row in page.context["panel"].effect.rows] == ["owes 50", "owes 100"]
    shown = {"worst": "100", "neutral": "50", "best": "0", "missing": "assume", "assumed_points": "20"}
    answer = studio.send("line", measure=DUE, **shown)
    assert answer["Location"].endswith(f"?line={DUE}")
    assert (studio.line(DUE).worst, studio.line(DUE).assumed_points) == (100, 20)
    assert "4 of 4 accounts have a value" in studio.page(line=DUE).content.decode()
    studio.send("line-add", measure="active SEATS")
    studio.send("line-up", measure=SEATS)
    assert (studio.line(SEATS).position, studio.line(SEATS).weight) == (2, 10)
    studio.send("line-remove", measure="support.open_severe")
    assert studio.line("support.open_severe") is None
    rule = {"name": "Slow", "band": "2", "of.": [DUE, ""], "sign.": [">", ">="], "bound.": ["20", ""]}
    studio.send("cap", **rule)
    studio.send("cap", position="0", **(rule | {"bound.": ["9", ""]}))
    assert [cap.conditions for cap in card_of(draft).caps] == [[[DUE, ">", 9.0]], [[DUE, ">", 20.0]]]
    studio.send("cap-remove", position="1")
    assert "Days past due &gt; 9 d" in studio.page(cap="0").content.decode()
    assert studio.send("discard").status_code == 302
    assert open_draft(studio.scorecard) is None


WRONG = [
    ("weights", {f"weight.{DUE}": "many"}, "Weight of Days past due: “many” is no number."),
    ("weights", {"red_below": "80", "green_from": "70"}, "Poor below: 80 is not less than 70"),
    ("line", {"measure": DUE, "worst": "1", "neutral": "9", "best": "2"}, "1, 9, 2 do not go in one direction"),
    ("line", {"measure": DUE, "missing": "assume"}, "Points without data: say how many"),
    ("line-add", {"measure": "Horoscope"}, "there is no measure “Horoscope”"),
    ("line-up", {"measure": "Horoscope"}, "there is no measure “Horoscope”"),
    ("cap", {"name": "Rule", "band": "9", "of.": DUE, "sign.": ">", "bound.": "1"}, "limits to red or to yellow"),
    ("cap", {"name": "Rule", "band": "1", "position": "x"}, "there is none in place x"),
    (
        "cap",
        {"name": "a\0b", "band": "1", "of.": DUE, "sign.": ">", "bound.": "1"},
        "Name of the rule: it holds a letter",
    ),
    ("weights", {f"weight.{DUE}": "9", "red_below": "80", "green_from": "70"}, "80 is not less than 70"),
    ("weights", {f"weight.{DUE}": "9", "seen": ""}, "Draft: the form does not say which state"),
    ("weights", {f"weight.{DUE}": "9", "seen": "0"}, "Draft: somebody changed it meanwhile"),
    ("discard", {"seen": "0"}, "Draft: somebody changed it meanwhile"),
    ("dance", {}, "do: “dance” is nothing that can be done."),
]


def test_what_is_wrong_is_said_and_changes_nothing(studio):
    studio.send("weights", **{f"weight.{DUE}": "3"})
    before = says(card_of(open_draft(studio.scorecard)))
    for do, fields, words in WRONG:
        answer = studio.send(do, **fields)
        assert answer.status_code == 400, words
        assert words in answer.content.decode(), words
        assert do == "dance" or answer["HX-Push-Url"] == "false", words
    assert says(card_of(open_draft(studio.scorecard))) == before
    for asked in ({"line": "no.such"}, {"cap": "7"}):
        assert studio.page(**asked).status_code == 404


def test_publishing_asks_for_a_comment_and_for_what_was_seen(acme, bob, studio):
    url = reverse("scorecard-publish", args=studio.args)
    assert "There is no draft" in studio.client.post(url, {"comment": "x"}).content.decode()
    assert studio.send("weights", red_below="80", green_from="70").status_code == 400
    assert open_draft(studio.scorecard) is None
    studio.send("weights", **{f"weight.{DUE}": "3"})
    refused = (
        ({"seen": "1"}, "say in 1 to"),
        ({"seen": "1", "comment": "\0x"}, "Comment: it holds a letter"),
        ({"seen": "0", "comment": "Why so"}, "somebody changed it"),
        ({"seen": "", "comment": "Why so"}, "which state"),
    )
    for sent, words in refused:
        answer = studio.client.post(url, sent)
        assert (answer.status_code, words in answer.content.decode()) == (400, True)
    assert ">Why so</textarea>" in answer.content.decode()
    assert studio.client.post(url, {"seen": "1", "comment": "Heavier"}).status_code == 302
    assert str(newest(studio.scorecard)) == "Steered v2"
    reader = Studio(bob, studio.scorecard)
    page = reader.page().content.decode()
    assert "v2</span>" in page
    assert "Publish" not in page.replace("published", "").replace("Published", "")
    assert reader.send("discard").status_code == 403


def test_a_slider_on_an_old_page_does_not_undo_what_somebody_else_did(studio):
    first = studio.slide(**{f"weight.{DUE}": "3", "seen": "0"})
    assert (first.status_code, first.context["panel"].seen) == (200, 1)
    studio.send("line-remove", measure="support.open_severe")
    late = studio.slide(**{f"weight.{DUE}": "4", "seen": "1"})
    assert (late.status_code, 'name="seen"' in late.content.decode()) == (400, False)
    assert "somebody changed it meanwhile" in late.content.decode()
    assert studio.line(DUE).weight == 3


def test_what_was_typed_and_refused_still_stands_there(studio):
    line = studio.send("line", measure=DUE, worst="1.5", neutral="9", best="2", missing="assume", by_rank="on")
    form = line.context["panel"].line
    assert (form.fields["worst"], form.by_rank, form.assumes) == ("1.5", True, True)
    rule = {"name": "Slow", "band": "1", "of.": [DUE, ""], "sign.": ["<", ">="], "bound.": ["x2", ""]}
    form = studio.send("cap", **rule).context["panel"].cap
    assert (form.name, form.band, form.conditions[0]) == ("Slow", 1, (DUE, "<", "x2"))
    page = studio.send("weights", **{f"weight.{DUE}": "6.25", "red_below": "80", "green_from": "70"}).content.decode()
    assert 'value="6.25"' in page
    assert 'value="80"' in page
    assert 'value="Horoscope"' in studio.send("line-add", measure="Horoscope").content.decode()


def test_a_draft_without_lines_asks_for_one(studio):
    for line in card_of(newest(studio.scorecard)).lines:
        studio.send("line-remove", measure=line.measure)
    page = studio.page().content.decode()
    assert "Applies to 4 accounts" in page
    assert "Add a line: then here stands" in page


def test_a_scorecard_of_points_has_steps_in_the_place_of_weights(acme, carol):
    version = steer(acme, "Points", steps={DUE: [[">=", 60, -30]]})
    studio = Studio(carol, version.scorecard)
    steps = {"sign.": [">=", ">=", "<"], "bound.": ["60", "30", ""], "points.": ["-40", "-10", ""]}
    assert studio.send("line", measure=DUE, missing="share", **steps).status_code == 302
    assert studio.line(DUE).steps == [[">=", 60, -40], [">=", 30, -10]]
    page = studio.page(line=DUE).content.decode()
    assert "≥ 60 d: −40, ≥ 30 d: −10" in page
    assert "w-range" not in page


def test_the_page_asks_the_same_few_questions_however_many_accounts(acme, studio):
    studio.send("weights", **{f"weight.{DUE}": "3"})
    few = questions(studio, accounts=4)
    told(acme, {f"owes {days}": owing(days) for days in (20, 60, 120, 140, 160, 180)})
    night(acme, DAY)
    assert questions(studio, accounts=10) == few <= 48


def questions(studio, accounts):
    """How many queries a page asks that was looked at before."""
    assert f"Applies to {accounts} accounts" in studio.page().content.decode()
    with CaptureQueriesContext(connection) as asked:
        assert studio.page().status_code == 200
    return len(asked)
