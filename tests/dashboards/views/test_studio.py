"""The studio without JavaScript: plain forms change the draft, publish it, discard it; what is wrong is said."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from metrics.drafts import card_of, newest, open_draft, says
from metrics.models import Scorecard, ScorecardVersion
from tests.cast import night
from tests.metrics.cases import day, told
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
        fields = {name.replace("__", "."): value for name, value in fields.items()}
        return self.client.post(reverse("scorecard-change", args=self.args), {"do": do, **fields})

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
    ("weights", {"red_below": "80", "green_from": "70"}, "Red below: 80 is not less than 70"),
    ("line", {"measure": DUE, "worst": "1", "neutral": "9", "best": "2"}, "1, 9, 2 do not go in one direction"),
    ("line", {"measure": DUE, "missing": "assume"}, "Points without data: say how many"),
    ("line-add", {"measure": "Horoscope"}, "there is no measure “Horoscope”"),
    ("line-up", {"measure": "Horoscope"}, "there is no measure “Horoscope”"),
    ("cap", {"name": "Rule", "band": "9", "of.": DUE, "sign.": ">", "bound.": "1"}, "limits to red or to yellow"),
    ("cap", {"name": "Rule", "band": "1", "position": "x"}, "there is none in place x"),
    ("dance", {}, "do: “dance” is nothing that can be done."),
]


def test_what_is_wrong_is_said_and_changes_nothing(studio):
    studio.send("weights", **{f"weight.{DUE}": "3"})
    before = says(card_of(open_draft(studio.scorecard)))
    for do, fields, words in WRONG:
        answer = studio.send(do, **fields)
        assert answer.status_code == 400, words
        assert words in answer.content.decode(), words
    assert says(card_of(open_draft(studio.scorecard))) == before
    for asked in ({"line": "no.such"}, {"cap": "7"}):
        assert studio.page(**asked).status_code == 404


def test_publishing_asks_for_a_comment_and_for_what_was_seen(acme, bob, studio):
    url = reverse("scorecard-publish", args=studio.args)
    assert "There is no draft" in studio.client.post(url, {"comment": "x"}).content.decode()
    studio.send("weights", **{f"weight.{DUE}": "3"})
    for sent, words in (({"seen": "1"}, "say in 1 to"), ({"seen": "0", "comment": "x"}, "somebody changed it")):
        answer = studio.client.post(url, sent)
        assert (answer.status_code, words in answer.content.decode()) == (400, True)
    assert studio.client.post(url, {"seen": "1", "comment": "Heavier"}).status_code == 302
    assert str(newest(studio.scorecard)) == "Steered v2"
    reader = Studio(bob, studio.scorecard)
    page = reader.page().content.decode()
    assert "v2</span>" in page
    assert "Publish" not in page.replace("published", "").replace("Published", "")
    assert reader.send("discard").status_code == 403


def test_a_scorecard_of_points_has_steps_in_the_place_of_weights(acme, carol):
    version = steer(acme, "Points", steps={DUE: [[">=", 60, -30]]})
    studio = Studio(carol, version.scorecard)
    steps = {"sign.": [">=", ">=", "<"], "bound.": ["60", "30", ""], "points.": ["-40", "-10", ""]}
    assert studio.send("line", measure=DUE, missing="share", **steps).status_code == 302
    assert studio.line(DUE).steps == [[">=", 60, -40], [">=", 30, -10]]
    page = studio.page(line=DUE).content.decode()
    assert "≥ 60 d: −40, ≥ 30 d: −10" in page
    assert "w-range" not in page


def test_the_page_asks_the_same_few_questions_however_many_accounts(studio, django_assert_max_num_queries):
    studio.send("weights", **{f"weight.{DUE}": "3"})
    studio.page()
    with django_assert_max_num_queries(48):
        assert studio.page().status_code == 200
    assert ScorecardVersion.objects.of(studio.scorecard.workspace_id).count() == 3
