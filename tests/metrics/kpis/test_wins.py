"""What was won, by hand, in June 2025; DAY is its last day."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Account
from metrics.kpis.wins import expansions, renewals, saves, wins
from metrics.models import Band, Run, ScoreSnapshot
from tests.cast import account, night
from tests.kept import kept
from tests.metrics.cases import DAY, ago, day, term, told
from tests.metrics.kpis.asking import question

pytestmark = pytest.mark.django_db
D = Decimal


def shown(acme, found) -> list[tuple[str, int, Decimal | None]]:
    """(account, days before DAY, MRR)"""
    names = dict(Account.objects.of(acme).values_list("pk", "external_id"))
    return sorted((names[won.account], (DAY - won.day).days, won.mrr) for won in found)


# -- saves


def scored(acme, name: str, **bands: str) -> None:
    """Bands of an account from so many days ago on, one letter a day."""
    letters = {"r": Band.RED, "y": Band.YELLOW, "g": Band.GREEN}
    pattern = ScoreSnapshot.objects.of(acme).get(account__external_id=name, day=DAY)
    run = Run.objects.of(acme).get(day=DAY)
    for start, each in bands.items():
        for n, letter in enumerate(each):
            on = day(int(start.removeprefix("since_")) - n)
            its = run
            if on != DAY:
                its = Run.objects.of(acme).filter(day=on).first() or Run.unscoped.create(
                    workspace=acme, day=on, known_day=on, state=Run.State.PUBLISHED, published_attempt=1,
                    opened_at=ago(0), moved_at=ago(0),
                )  # fmt: skip
            ScoreSnapshot.objects.of(acme).filter(account=pattern.account_id, day=on).delete()
            fields = {field.name: getattr(pattern, field.name) for field in ScoreSnapshot._meta.concrete_fields}
            fields |= {"day": on, "band": letters[letter], "mrr_units": 1_000_000, "run": its, "attempt": 1}
            fields.pop("pk", None)
            ScoreSnapshot.unscoped.create(**fields)


@kept
def scores(acme):
    told(acme, {name: [term()] for name in ("one", "two")})
    night(acme, DAY)
    return acme


def test_red_and_then_green_for_thirty_days(scores):
    scored(scores, "one", since_34="ryy" + "g" * 32)
    scored(scores, "two", since_34="ygg" + "g" * 32)
    assert shown(scores, saves(question(scores))) == [("one", 1, 100)]


def test_the_save_belongs_to_the_month_in_which_it_is_sure(scores):
    scored(scores, "one", since_70="r" + "g" * 70)
    assert shown(scores, saves(question(scores))) == []
    assert shown(scores, saves(question(scores, on=day(35)))) == [("one", 39, 100)]


def test_not_yet_thirty_days(scores):
    scored(scores, "one", since_30="r" + "g" * 30)
    assert shown(scores, saves(question(scores))) == []


def test_what_is_not_published_does_not_count(scores):
    scored(scores, "one", since_34="ryy" + "g" * 32)
    Run.objects.of(scores).filter(day=day(34)).update(published_attempt=None)
    assert shown(scores, saves(question(scores))) == []


# -- renewals and expansions


def test_renewals(acme):
    told(
        acme,
        {
            "same": [term(starts=380, ends=10, amount=100), term(starts=10, amount=100)],
            "later": [term(starts=380, ends=25, amount=100), term(starts=5, amount=150)],
            "gone": [term(starts=380, ends=25, amount=100)],
            "short": [term(starts=60, ends=10, amount=100), term(starts=10, amount=100)],
            "other month": [term(starts=380, ends=40, amount=100), term(starts=40, amount=100)],
            "no rate": [term(starts=380, ends=10, amount=100), term(starts=10, amount=100, currency="USD")],
        },
    )
    assert shown(acme, renewals(question(acme))) == [("later", 25, 150), ("no rate", 10, None), ("same", 10, 100)]


def test_expansions(acme):
    told(
        acme,
        {
            "more": [term(starts=380, ends=10, amount=100), term(starts=10, amount=D("130.50"))],
            "add-on": [term(starts=380, amount=100), term(starts=0, amount=20)],
            "twice": [term(starts=380, amount=100), term(starts=20, amount=5), term(starts=10, amount=7)],
            "up and down": [term(starts=380, ends=5, amount=100), term(starts=10, ends=5, amount=50), term(starts=5)],
            "less": [term(starts=380, ends=10, amount=100), term(starts=10, amount=90)],
            "new": [term(starts=10, amount=100)],
            "back": [term(starts=380, ends=200, amount=100), term(starts=10, amount=200)],
            "another month": [term(starts=380, amount=100), term(starts=30, amount=50)],
            "trial": [term(starts=380, amount=100), term(starts=10, amount=50, is_trial=True)],
        },
    )
    assert shown(acme, expansions(question(acme))) == [
        ("add-on", 0, 20), ("more", 10, D("30.50")), ("twice", 10, 7), ("twice", 20, 5), ("up and down", 10, 50),
    ]  # fmt: skip


def test_other_rates_are_no_growth(acme):
    from tests.cast import tell

    rates = [{"currency": "USD", "day": str(day(days)), "rate": rate} for days, rate in ((400, 1), (10, 2))]
    tell(acme, "rates", *rates)
    dollars = {"currency": "USD", "amount": 100}
    told(acme, {"one": [term(starts=380, ends=10, **dollars), term(starts=10, **dollars)]})
    assert shown(acme, expansions(question(acme))) == []


def test_facts_that_are_heard_later(acme):
    told(acme, {"one": [term(starts=380, amount=100), term(starts=10, amount=5, known_at=ago(-2))]})
    assert shown(acme, wins(question(acme))) == []
    assert shown(acme, wins(question(acme, known=DAY + timedelta(days=2), on=DAY))) == [("one", 10, 5)]


def test_all_of_another_workspace(acme, evil):
    told(evil, {"one": [term(starts=380, amount=100), term(starts=10, amount=5)]})
    assert wins(question(acme)) == []
    account(acme, "one")
    assert wins(question(acme)) == []
