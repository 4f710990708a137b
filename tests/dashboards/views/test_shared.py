"""Links for others: what they show and what never, who makes them, when they stop to work."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, AuditEntry, Membership, ShareLink, Workspace
from dashboards.panels.breakdown import Contribution
from dashboards.panels.shared import without_name
from tests.cast import account, night, tell
from tests.dashboards.conftest import Book, sign_in

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture(autouse=True)
def _no_attempts_before() -> None:
    cache.clear()


def make(member: Membership, found: Account, ends_on: str = "2025-07-31", **told: str) -> str:
    """Make a link; returns its path."""
    response = sign_in(member).post(f"/w/acme/accounts/{found.pk}/share", {"ends_on": ends_on, **told})
    assert response.status_code == 200
    return re.search(r"http://testserver(/s/[\w-]+)", response.content.decode())[1]  # type: ignore[index]


def read(path: str) -> HttpResponse:
    return Client().get(path)


def test_others_read_score_line_and_measures_without_signing_in(book: Book) -> None:
    response = read(make(book.cast.alice, book.nordlys))
    page = response.content.decode()
    assert response.status_code == 200
    assert all(words in page for words in ("Nordlys Freight", "Health score by Acme", "Poor, since", "Days past due"))
    panel = response.context["panel"]
    assert panel.score is not None and len(panel.line) == 9
    assert [row.label for row in panel.measures]
    assert 'class="score-picture"' in page
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert "noindex" in response["X-Robots-Tag"] and '<meta name="robots" content="noindex' in page
    assert not response.cookies


def test_a_link_with_amounts_has_no_mrr_where_accounts_only_buy(book: Book) -> None:
    path = make(book.cast.alice, book.nordlys, shows_money="on")
    assert "€1,500 MRR" in read(path).content.decode()
    book.cast.acme.kind = Workspace.Kind.PURCHASES
    book.cast.acme.save()
    assert "€1,500 MRR" not in read(path).content.decode()
    assert read(path).context["panel"].mrr is None


def test_nothing_that_was_said_in_private_is_shown(book: Book) -> None:
    acme = book.cast.acme
    told = {"account": "nordlys", "id": "t", "channel": "call", "happened_at": "2025-06-30T10:00:00Z"}
    tell(acme, "touches", told | {"subject": "Secretsubject", "outcome": "Secretoutcome", "contact": "Secretperson"})
    pulse = {"account": "nordlys", "id": "p", "value": 1, "given_at": "2025-06-30T10:00:00Z", "comment": "Secretpulse"}
    tell(acme, "pulses", pulse)
    night(acme, date(2025, 7, 1))
    response = read(make(book.cast.alice, book.nordlys))
    page = response.content.decode()
    for private in ("Secret", "Lars Moe", "Slow.", "@acme.example", "Alice", "ulse", "/w/acme", "€", "1,500"):
        assert private not in page, private
    pulse_line = Contribution("CSM pulse", -3.0, "−3.0", "What we think", "measure-sentiment.csm_pulse")
    assert without_name(pulse_line) == Contribution("Other", -3.0, "−3.0")


def test_money_is_shown_where_it_was_ticked(book: Book) -> None:
    assert "€1,500 MRR" in read(make(book.cast.alice, book.nordlys, shows_money="on")).content.decode()


def test_a_link_ends_with_its_last_day(book: Book, monkeypatch: pytest.MonkeyPatch, at_noon: datetime) -> None:
    path = make(book.cast.alice, book.nordlys, "2025-07-02")
    for days, code in ((0, 200), (1, 200), (2, 404)):
        monkeypatch.setattr("django.utils.timezone.now", lambda days=days: at_noon + timedelta(days=days))
        assert read(path).status_code == code, days


def test_a_link_that_never_was_has_ended_or_was_taken_back_is_the_same_404(book: Book) -> None:
    path = make(book.cast.alice, book.nordlys)
    link = ShareLink.objects.of(book.cast.acme).get()
    sign_in(book.cast.alice).post(f"/w/acme/accounts/{book.nordlys.pk}/share/{link.pk}/take-back")
    pages = {read(each).content for each in (path, "/s/nothing", "/s/%00", "/s/ü", f"/s/{link.hash}")}
    assert len(pages) == 1
    assert b"This link does not work" in pages.pop()
    assert {read(each).status_code for each in (path, "/s/nothing")} == {404}


def test_the_token_is_nowhere_kept_and_the_log_tells_who_did_what(book: Book) -> None:
    path = make(book.cast.alice, book.nordlys)
    token = path.rpartition("/")[2]
    link = ShareLink.objects.of(book.cast.acme).get()
    assert token not in str(vars(link)) and token != link.hash
    sign_in(book.cast.carol).post(f"/w/acme/accounts/{book.nordlys.pk}/share/{link.pk}/take-back")
    taken, made = AuditEntry.objects.of(book.cast.acme).filter(kind="sharelink").order_by("-pk")
    assert (made.by, taken.by) == ("alice@acme.example", "carol@acme.example")
    assert "revoked_at" in taken.changes and token not in str(made.changes) and link.hash not in str(made.changes)


def test_how_often_it_was_seen_is_counted(book: Book) -> None:
    path = make(book.cast.alice, book.nordlys)
    read(path), read(path)
    assert ShareLink.objects.of(book.cast.acme).get().times_seen == 2
    page = sign_in(book.cast.alice).get(f"/w/acme/accounts/{book.nordlys.pk}/share").content.decode()
    assert "2×" in page and path not in page


def test_who_may_write_the_account_shares_it(book: Book) -> None:
    cast = book.cast
    theirs = account(cast.acme, "carols", name="Carol's", owner="carol@acme.example", team="South")
    for member, found, code in (
        (cast.victor, book.nordlys, 403), (cast.alice, theirs, 403), (cast.bob, theirs, 403),
        (cast.mallory, book.nordlys, 404), (cast.carol, theirs, 200), (cast.alice, book.vela, 200),
    ):  # fmt: skip
        assert sign_in(member).get(f"/w/acme/accounts/{found.pk}/share").status_code == code
    link = make(cast.carol, theirs) and ShareLink.objects.of(cast.acme).get()
    for member, at in ((cast.alice, theirs), (cast.alice, book.nordlys), (cast.carol, book.nordlys)):
        url = f"/w/acme/accounts/{at.pk}/share/{link.pk}/take-back"
        assert sign_in(member).post(url).status_code in {403, 404}
    assert ShareLink.objects.of(cast.acme).get().revoked_at is None


@pytest.mark.parametrize("ends_on", ["", "2025-06-30", "2026-07-02", "soon", "9999-99-99"])
def test_a_link_ends_within_a_year(book: Book, ends_on: str) -> None:
    url = f"/w/acme/accounts/{book.nordlys.pk}/share"
    assert sign_in(book.cast.alice).post(url, {"ends_on": ends_on}).status_code == 400
    assert not ShareLink.objects.of(book.cast.acme).exists()


def test_an_admin_sees_all_links_that_work(book: Book) -> None:
    make(book.cast.alice, book.nordlys)
    make(book.cast.alice, book.sable)
    page = sign_in(book.cast.carol).get("/w/acme/settings/links").content.decode()
    assert "Nordlys Freight" in page and "Sable Hotels" in page
    link = ShareLink.objects.of(book.cast.acme).get(account=book.nordlys)
    url = f"/w/acme/accounts/{book.nordlys.pk}/share/{link.pk}/take-back"
    assert sign_in(book.cast.carol).post(url, {"back": "settings"})["Location"] == "/w/acme/settings/links"
    assert "Nordlys Freight" not in sign_in(book.cast.carol).get("/w/acme/settings/links").content.decode()


def test_an_account_without_a_score_says_so(book: Book) -> None:
    response = read(make(book.cast.carol, book.quanta))
    assert response.status_code == 200
    assert "There is no score yet" in response.content.decode()


def test_guessing_is_slow(book: Book) -> None:
    codes = [read(f"/s/guess-{n}").status_code for n in range(35)]
    assert (codes[0], codes[-1]) == (404, 429)


def test_the_number_of_queries_is_fixed(book: Book) -> None:
    path = make(book.cast.alice, book.nordlys)
    with CaptureQueriesContext(connection) as seen:
        read(path)
    assert len(seen) <= 12
