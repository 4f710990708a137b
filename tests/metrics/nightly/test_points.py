"""Scorecards of points, and bands by rank, over nights and by day."""

from __future__ import annotations

import pytest
from django.db import InternalError, transaction
from django.utils import timezone

from accounts.models import Account, Invoice
from metrics.formulas.scoring import GREEN, RED, YELLOW
from metrics.models import ManualBand, Rank, Run, Scorecard, ScoreSnapshot, Standing
from metrics.nightly.freshen import freshen
from metrics.nightly.run import advance, drain, open_run, recompute, work
from metrics.nightly.shards import fixed_borders
from metrics.scorecards import cards
from tests.cast import night, snapshot, tell
from tests.metrics.cases import DAY, ago, day, invoice, paid, rows, term, ticket, told, use
from tests.metrics.steering import LINES, STEERED, owing, steer

pytestmark = pytest.mark.django_db

STEPS = {
    STEERED: [[">=", 60, -45], [">=", 30, -20], ["=", 0, 10]],
    "support.open_severe": [[">=", 1, -30]],
    "usage.usage_frequency": [[">=", 5, 55], ["<", 1, -5]],
}


def crowd_owing(workspace, *days):
    """Accounts a00, a01, … that are so many days past due: 100 − days ÷ 2 points."""
    told(workspace, {f"a{n:02}": owing(each) for n, each in enumerate(days)})


def bands(workspace, on=DAY):
    shots = ScoreSnapshot.objects.of(workspace).published().filter(day=on).order_by("account__external_id")
    return "".join("?ryg"[shot.band] for shot in shots)


def moved(workspace, name="a00"):
    return Standing.objects.of(workspace).get(account__external_id=name)


def look(workspace, name, hour=9):
    """Something is heard of an account today that changes nothing, and its standing moves."""
    opened = use(0, name="email_opened", occurred_at=ago(0, hour))[1]
    tell(workspace, "events", {"account": name, **opened}, at=ago(0, hour))
    assert freshen(workspace, ago(0, hour, 30)) == 1
    return moved(workspace, name)


# -- points -------------------------------------------------------------------------------------------------


def test_a_scorecard_of_points(acme):
    steer(acme, steps=STEPS)
    old = ticket(300, solved_at=ago(299))
    told(
        acme,
        {
            "busy": [term(), old, invoice("i", 31), paid("i", 30), *(use(n) for n in range(6))],
            "silent": [term(), ticket(3, "high"), invoice("j", 40)],
            "bad": [term(), ticket(3, "urgent"), invoice("k", 60), use(1)],
            "new": [term(), old],
        },
    )
    assert night(acme, DAY).state == "published"
    shots = {name: snapshot(acme, name, DAY) for name in ("busy", "silent", "bad", "new")}
    found = {name: (shot.contributions, shot.score_units, shot.clamp_units) for name, shot in shots.items()}
    assert found == {
        "busy": ([100_000, 0, 550_000], 1_000_000, -150_000),
        "silent": ([-200_000, -300_000, -50_000], 0, 50_000),
        "bad": ([-450_000, -300_000, 0], 0, 250_000),
        # Its 45 of 130 points within reach are unknown.
        "new": ([0, 0, -50_000], None, 0),
    }
    assert [shot.band for shot in shots.values()] == [GREEN, RED, RED, 0]
    assert (shots["new"].coverage, shots["new"].unknown) == (6538, 3462)
    assert str(moved(acme, "busy").points) == str(shots["busy"].points) == "[10.0, 0.0, 55.0]"


def test_a_night_of_points_gives_what_the_day_gave(acme):
    steer(acme, steps=STEPS)
    told(acme, {"one": [term(), ticket(3, "high"), invoice("j", 40), use(1)]})
    night(acme, day(1))
    by_day = look(acme, "one")
    night(acme, DAY)
    shot = snapshot(acme, "one", DAY)
    assert (by_day.day, by_day.score_units, by_day.contributions) == (DAY, shot.score_units, shot.contributions)


def test_the_kind_of_a_published_scorecard_never_changes(acme):
    draft = steer(acme, "Draft", at=None)
    Scorecard.objects.of(acme).filter(pk=draft.scorecard_id).update(kind="points")
    published = steer(acme, "Published", steps=STEPS)
    with pytest.raises(InternalError, match="kind never changes"), transaction.atomic():
        Scorecard.objects.of(acme).filter(pk=published.scorecard_id).update(kind="weighted")


# -- bands by rank ------------------------------------------------------------------------------------------


def test_the_bottom_and_the_top_quarter(acme, settings):
    """Scores 99.5, 99, … 90, all of them green by thresholds; cut into shards, which all see the same borders."""
    settings.SHARD_ACCOUNTS = 6
    version = steer(acme, by_rank=True)
    crowd_owing(acme, *range(1, 21))
    run = night(acme, DAY)
    assert bands(acme) == "ggggg" + "y" * 10 + "rrrrr"
    assert run.borders == {str(version.pk): [925_000, 975_000]}
    assert run.borders_of(version) == (92.5, 97.5)
    settings.SHARD_ACCOUNTS = 500
    assert drain(open_run(acme, DAY, again=True).pk).digest == run.digest


def test_grey_accounts_are_not_ranked_and_under_twenty_thresholds_hold(acme):
    version = steer(acme, by_rank=True)
    crowd_owing(acme, *range(1, 20))
    told(acme, {"grey": [term()]})
    run = night(acme, DAY)
    assert (run.borders, run.borders_of(version)) == ({str(version.pk): None}, (40, 70))
    assert bands(acme) == "g" * 19 + "?"
    # The night knows that there are none: by day nobody looks for them again.
    look(acme, "grey")
    assert Run.objects.of(acme).get().steered_at is None


def test_equal_scores_have_equal_bands(acme):
    steer(acme, by_rank=True)
    crowd_owing(acme, *[10] * 20)
    night(acme, DAY)
    assert bands(acme) == "y" * 20


def test_hysteresis_holds_at_the_borders_of_the_day(acme):
    """The fifth falls behind the sixth, by half a point: both change their bands on the third day. Who falls far
    changes at once."""
    steer(acme, by_rank=True)
    crowd_owing(acme, *range(21, 41))
    night(acme, day(3))
    assert bands(acme, day(3))[4:6] == "gy"
    tell(acme, "invoices", {"account": "a04", **invoice("more", 27, known_at=ago(2, 0))[1]})
    shots = []
    for n in (2, 1, 0):
        night(acme, day(n))
        shots.append(snapshot(acme, "a04", day(n)))
    assert [(shot.computed_band, shot.held_band, shot.across) for shot in shots] == [
        (YELLOW, GREEN, -1),
        (YELLOW, GREEN, -2),
        (YELLOW, YELLOW, 0),
    ]
    assert bands(acme, DAY)[5] == "g"
    tell(acme, "invoices", {"account": "a00", **invoice("far", 90, known_at=ago(0, 0))[1]})
    recompute(acme, DAY, DAY)
    assert bands(acme, DAY)[0] == "r"


def test_by_day_the_borders_are_those_of_the_night(acme):
    """Today everybody pays; who is looked at moves against the borders of last night."""
    version = steer(acme, by_rank=True)
    crowd_owing(acme, *range(1, 21))
    run = night(acme, day(1))
    for n in (0, 19):
        assert look(acme, f"a{n:02}").band == (GREEN if n == 0 else RED)
    owed = Invoice.objects.of(acme).get(account__external_id="a19")
    tell(acme, "payments", {"account": "a19", **paid(owed.external_id, 0)[1]}, at=ago(0, 11))
    freshen(acme, ago(0, 12))
    assert (moved(acme, "a19").score_units, moved(acme, "a19").band) == (1_000_000, GREEN)
    assert Run.objects.of(acme).get(pk=run.pk).borders_of(version) == (93, 98)


def test_while_a_day_is_computed_anew_the_day_goes_on_with_its_ranks(acme):
    """The newest night is scored again: what was fixed for it before serves until it is fixed again."""
    lines = [*LINES, ("usage.usage_volume", 1, None, None, None)]
    version = steer(acme, by_rank=True, lines=lines)
    told(acme, {f"a{n:02}": [*owing(n + 1), use(1, "ann", count=n + 1)] for n in range(20)})
    night(acme, day(1))
    ranked = look(acme, "a07", 8).points[3]
    assert 0 < ranked < 100
    for n in (0, 1, 2, 3, 16, 17, 18, 19):
        tell(acme, "events", {"account": f"a{n:02}", **use(1, "ann", count=50 * (20 - n))[1]}, at=ago(0, 9))
    run = open_run(acme, day(1), again=True, known=DAY)
    assert Rank.objects.of(acme).filter(run=run, version=version).count() == 1
    assert run.borders[str(version.pk)]
    assert look(acme, "a07", 9).points[3] == ranked
    assert work(run)
    assert advance(run.pk)
    run.refresh_from_db()
    fresh = fixed_borders(run, [card for card in cards(acme) if card.version == version])
    assert run.borders == {pk: list(pair) for pk, pair in fresh.items()}
    assert drain(run.pk).state == "published"
    assert Rank.objects.of(acme).filter(version=version).count() == 1


def test_between_midnight_and_the_end_of_the_night(acme):
    """The night of yesterday is not in yet: bands are held against the last night that is."""
    steer(acme)
    told(acme, {"one": owing(61), "two": owing(10)})
    night(acme, day(2))
    assert snapshot(acme, "one", day(2)).band == GREEN
    two = Account.objects.of(acme).get(external_id="two")
    ManualBand.unscoped.create(workspace=acme, account=two, band=RED, reason="So.", starts_on=day(1), ends_on=day(-9))
    found = look(acme, "one", 1)
    assert (found.day, found.score_units, found.computed_band, found.band) == (DAY, 695_000, YELLOW, GREEN)
    assert (look(acme, "two", 1).band, moved(acme, "two").manual) == (RED, True)


# -- caps over versions -------------------------------------------------------------------------------------


def test_a_cap_is_known_by_what_it_says_not_by_its_place(acme):
    """A new version moves a cap that holds to another place: a manual band goes on. One that it adds drops it."""
    overdue, severe = [[STEERED, ">=", 5]], [["support.open_severe", ">=", 1]]
    steer(acme, caps=[(YELLOW, severe), (YELLOW, overdue)])
    told(acme, {"one": owing(20), "two": owing(1)})
    for account in Account.objects.of(acme):
        ManualBand.unscoped.create(
            workspace=acme, account=account, band=GREEN, reason="So.", starts_on=day(3), ends_on=day(-9)
        )
    night(acme, day(3))
    assert snapshot(acme, "one", day(3)).caps == 2
    steer(acme, caps=[(YELLOW, overdue), (YELLOW, severe)], at=timezone.now())
    night(acme, day(2))
    shot = snapshot(acme, "one", day(2))
    assert (shot.version.number, shot.caps, shot.manual, shot.band) == (2, 1, True, GREEN)
    steer(acme, caps=[(RED, overdue), (YELLOW, severe)], at=timezone.now())
    night(acme, day(1))
    shot = snapshot(acme, "one", day(1))
    assert (shot.version.number, shot.caps, shot.manual, shot.band) == (3, 1, False, RED)
    assert snapshot(acme, "two", day(1)).manual
    assert len(rows(acme, day(1))) == 2
