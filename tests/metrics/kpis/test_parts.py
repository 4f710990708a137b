"""Tickets by theme, answers by score, touches by band, by hand, for June 2025; DAY is its last day."""

from __future__ import annotations

import pytest

from metrics.kpis.parts import parts
from metrics.kpis.places import WHOLE
from metrics.models import Band, ScoreSnapshot
from metrics.registry import KPIS
from tests.cast import account, night
from tests.metrics.cases import DAY, ago, answer, term, ticket, told, touch
from tests.metrics.kpis.asking import ask, csm, question

pytestmark = pytest.mark.django_db


def sorts(workspace, key, scope=WHOLE, **more) -> dict[str, tuple]:
    """Sort → (n, part)."""
    found = parts(question(workspace, **more))
    return {what: (part.n, part.part) for (each, what, whose), part in found.items() if (each, whose) == (key, scope)}


def test_tickets_by_theme(acme):
    told(acme, {"one": [ticket(3, theme="billing"), ticket(4, theme="billing"), ticket(29), ticket(30, theme="login")]})
    assert sorts(acme, "tickets") == {"billing": (2, 2), "": (1, 1)}
    assert sorts(acme, "tickets", on=ago(30).date()) == {"login": (1, 1)}
    assert sum(n for n, _part in sorts(acme, "tickets").values()) == ask(acme, "support.tickets").value


def test_answers_by_score(acme):
    answers = [answer(9, score, "nps", person=f"p{score}@x.example") for score in (0, 6, 9, 10)]
    told(acme, {"one": [*answers, answer(12, 3, "nps", person="p9@x.example"), answer(2, 5)]})
    found = sorts(acme, "nps")
    assert found == {"0": (1, 0), "6": (1, 0), "9": (1, 0), "10": (1, 0)}
    assert sum(n for n, _part in found.values()) == ask(acme, "satisfaction.nps").n


def test_touches_by_band(acme):
    told(
        acme,
        {"red": [term(), touch(1, minutes=30), touch(20)], "green": [term(), touch(3, minutes=5)], "left": [touch(2)]},
    )
    night(acme, DAY)
    for name, band in (("red", Band.RED), ("green", Band.GREEN)):
        assert ScoreSnapshot.objects.of(acme).filter(account__external_id=name).update(band=band) == 1
    assert sorts(acme, "touches") == {"red": (2, 30), "green": (1, 5), "": (1, 0)}
    assert sum(n for n, _part in sorts(acme, "touches").values()) == ask(acme, "effort.touches").value


def test_whose(acme, alice, bob):
    told(acme, {"one": [ticket(20, theme="a"), ticket(3, theme="a")]})
    account(acme, "one").change(ago(100), owner=alice)
    account(acme, "one").change(ago(15), owner=bob)
    assert [sorts(acme, "tickets", csm(member)) for member in (alice, bob)] == [{"a": (1, 1)}] * 2


def test_nothing(acme, evil):
    told(evil, {"one": [ticket(3, theme="a"), touch(1)]})
    assert parts(question(acme)) == {}
    assert KPIS
