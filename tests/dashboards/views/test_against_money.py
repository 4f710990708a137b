"""Score against money: healthy but shrinking, poor but growing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Account
from dashboards.panels.account import account_page
from dashboards.panels.filters import Filters
from dashboards.panels.portfolio import portfolio_of
from dashboards.panels.team.against_money import against_money
from dashboards.panels.words import drivers_text
from metrics.kpis.places import WHOLE, Scope
from metrics.models import Band, ScopeKind, Standing
from metrics.nightly.run import drain, open_run
from tests.cast import Cast, account, night
from tests.dashboards.conftest import sign_in
from tests.kept import kept
from tests.metrics.cases import DAY, day, invoice, term, ticket, told
from tests.metrics.steering import steer

NOW = datetime.combine(DAY, datetime.min.time(), timezone.get_default_timezone()) + timedelta(days=1, hours=9)
OLD = ticket(300, solved_at=None)


@kept
def book(cast: Cast) -> Cast:
    """Down pays less than 90 days ago, Up more and owes for long; Same and Young do not tell."""
    steer(cast.acme)
    late = [invoice("late", 150)]
    told(
        cast.acme,
        {
            "down": [term(amount=100, ends=40), term(amount=60, starts=40), OLD, invoice("a", 1)],
            "up": [term(amount=100, ends=40), term(amount=160, starts=40), ticket(300, solved_at=None), *late],
            "same": [term(amount=100), ticket(300, solved_at=None), invoice("b", 1)],
            "young": [term(amount=100, starts=40), ticket(30, solved_at=None), invoice("c", 1)],
        },
    )
    for name in ("down", "up", "same", "young"):
        account(cast.acme, name, name=name.title())
    night(cast.acme, day(90))
    night(cast.acme, DAY)
    return cast


def names(cast: Cast, *show: str) -> list[str]:
    return [row.name for row in portfolio_of(cast.bob, Filters(show=show), NOW).rows]


def test_they_are_found_counted_and_marked(book: Cast) -> None:
    standing = Standing.objects.of(book.acme).get(account__external_id="down")
    assert (standing.band, standing.mrr, standing.mrr_before) == (Band.GREEN, 60, 100)
    assert names(book, "shrinking") == ["Down"]
    assert names(book, "growing") == ["Up"]
    chips = {chip.label: chip.count for chip in portfolio_of(book.bob, Filters(), NOW).chips if chip.count}
    assert chips == {"Healthy, MRR down": 1, "Poor, MRR up": 1}
    text = sign_in(book.bob).get("/w/acme/portfolio", {"show": "shrinking"}).content.decode()
    assert "Healthy, MRR down" in text
    for name, said in (
        ("down", "Healthy, but shrinking: MRR €100 → €60 in 90 days."),
        ("up", "Poor, but growing: MRR €100 → €160 in 90 days."),
        ("same", ""),
        ("young", ""),
    ):
        found = Account.objects.of(book.acme).select_related("workspace", "owner__user", "stage").get(external_id=name)
        texts = [notice.text for notice in account_page(book.bob, found, "90", NOW).notices]
        assert [text for text in texts if "90 days." in text] == ([said] if said else [])


def test_no_chip_where_there_is_none(book: Cast) -> None:
    Standing.objects.of(book.acme).update(mrr_before_units=None)
    labels = [chip.label for chip in portfolio_of(book.bob, Filters(), NOW).chips]
    assert "Poor, MRR up" not in labels
    pressed = portfolio_of(book.bob, Filters(show=("growing",)), NOW).chips
    assert "Poor, MRR up" in [chip.label for chip in pressed]


def test_a_team_leads_its_manager_to_them(book: Cast) -> None:
    Account.objects.of(book.acme).exclude(external_id="up").update(team=book.north)
    ways = against_money(book.bob, Scope(ScopeKind.TEAM, str(book.north.pk)), "")
    pages = [sign_in(book.bob).get(way.url) for way in (*ways, *against_money(book.bob, WHOLE, ""))]
    assert [[row.name for row in page.context["panel"].rows] for page in pages] == [["Down"], [], ["Down"], ["Up"]]
    assert "−€40" in pages[0].content.decode() and "+€60" in pages[3].content.decode()
    assert against_money(book.alice, Scope(ScopeKind.CSM, str(book.alice.pk)), "")[0].url.startswith(
        "/w/acme/portfolio?sort=against"
    )


def test_a_new_scorecard_drives_what_it_scores(book: Cast) -> None:
    night(book.acme, day(7))
    steer(book.acme, at=timezone.now())
    drain(open_run(book.acme, DAY, again=True).pk)
    drivers = Standing.objects.of(book.acme).get(account__external_id="up").drivers
    assert drivers[0] == {"measure": "scorecard"}
    assert drivers_text(drivers) == "New scorecard · Days past due 150 d · Open severe tickets 0"
