"""Why one score became another: the card, the page, its days, and what would turn the band."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account
from dashboards.panels.account import AccountPage, account_page
from dashboards.panels.explanation import WhyPage, why_page
from metrics.models import Band, ManualBand, Standing
from metrics.nightly.freshen import freshen
from tests.dashboards.conftest import NOW, TODAY, Book, night, sign_in, tell, use
from tests.metrics.steering import steer

FIRST, LAST = date(2025, 6, 23), date(2025, 6, 30)


def number(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace("+", ""))


def card(book: Book, account: Account, now: datetime, since: str = "7") -> AccountPage:
    found = Account.objects.of(book.cast.acme).select_related("workspace", "owner__user", "stage").get(pk=account.pk)
    return account_page(book.cast.alice, found, "90", now, since)


def whole(book: Book, account: Account, now: datetime, **days: str) -> WhyPage:
    found = Account.objects.of(book.cast.acme).select_related("workspace", "owner__user", "stage").get(pk=account.pk)
    return why_page(book.cast.alice, found, days, now)  # type: ignore[arg-type]


def get(book: Book, account: Account, **days: str):  # noqa: ANN201
    return sign_in(book.cast.alice).get(f"/w/acme/accounts/{account.pk}/why", days)


def test_the_steps_lead_from_score_to_score_as_printed(book: Book, at_noon: datetime) -> None:
    for account in (book.nordlys, book.sable):
        panel = whole(book, account, at_noon)
        assert panel.fall is not None
        first, *steps, last = panel.fall.steps
        assert steps
        assert number(first.printed) + sum(number(step.printed) for step in steps) == number(last.printed)
        assert [step.begin for step in steps[1:]] == [step.end for step in steps[:-1]]
        assert (steps[0].begin, steps[-1].end) == (first.end, pytest.approx(last.end))
        assert (panel.first, panel.last) == (FIRST, LAST)


def test_a_step_opens_its_measure_and_the_records(book: Book, at_noon: datetime) -> None:
    panel = whole(
        book, book.nordlys, at_noon, **{"from": "2025-06-22", "to": "2025-06-30", "open": "usage.active_seats"}
    )
    assert panel.fall is not None
    due = next(step for step in panel.fall.steps if step.key == "commercial.days_past_due")
    assert due.words == "33 → 41 d"
    assert due.change is not None
    assert due.change.then is not None
    assert due.change.now is not None
    assert (due.change.then.value, due.change.now.value, due.change.now.weight) == ("33 d", "41 d", "13.8%")
    assert due.records.endswith("/evidence/commercial.days_past_due?from=2025-06-22&to=2025-06-30")
    text = get(book, book.nordlys, open="commercial.days_past_due").content.decode()
    assert re.search(r'<details class="fall-step"\s+id="commercial.days_past_due"\s+open>', text)
    assert 'hx-trigger="load"' in text
    assert text.count('hx-trigger="toggle from:closest details once"') == text.count('<details class="fall-step"') - 1


def test_the_card_sums_up_and_looks_back_as_far_as_asked(book: Book, at_noon: datetime) -> None:
    panel = card(book, book.nordlys, at_noon)
    assert panel.why is not None
    standing = Standing.objects.of(book.cast.acme).get(account_id=book.nordlys.pk)
    assert panel.why.title.startswith("Why ")
    assert panel.why.days == "Jun 23 → Jun 30"
    assert sum(bar.value for bar in panel.why.bars) == pytest.approx(standing.change / 10_000)
    assert all(bar.url.startswith(f"/w/acme/accounts/{book.nordlys.pk}/why?from=2025-06-23") for bar in panel.why.bars)
    # There are nine days.
    far = card(book, book.nordlys, at_noon, "90").why
    assert far is not None
    assert far.days == "Jun 22 → Jun 30"
    assert card(book, book.nordlys, at_noon, "none").why is None
    assert [link.here for link in panel.since] == [True, False, False, False]
    browser, url = sign_in(book.cast.alice), f"/w/acme/accounts/{book.nordlys.pk}"
    part = browser.get(url, {"since": "30"}, headers={"HX-Request": "true", "HX-Target": "why"}).content.decode()
    assert re.match(r"\s*<section", part)
    assert "against a neutral 50" in browser.get(url, {"since": "none"}).content.decode()
    assert browser.get(url, {"since": "8"}).status_code == 400


def test_a_new_scorecard_is_a_step_of_its_own(book: Book, at_noon: datetime) -> None:
    lines = [("commercial.days_past_due", 1, 45, 15, 0), ("usage.usage_frequency", 1, 4, 14, 26)]
    steer(book.cast.acme, lines=[*lines, ("sentiment.recommendation", 1, 4, 7, 9.5)], at=timezone.now())
    night(book.cast.acme, TODAY)
    panel = whole(book, book.nordlys, at_noon, **{"from": "2025-06-30", "to": "2025-07-01"})
    assert panel.fall is not None
    step = panel.fall.steps[1]
    assert (step.key, step.label) == ("scorecard", "New scorecard")
    assert step.words == "Steered v1 in place of Default v1, on the old data"


def test_what_moves_the_band_alone_is_said_in_words(book: Book) -> None:
    ManualBand.unscoped.create(
        workspace=book.cast.acme, account=book.sable, band=Band.RED, reason="Merger", author=book.cast.alice,
        starts_on=TODAY, ends_on=date(2025, 8, 1),
    )  # fmt: skip
    night(book.cast.acme, TODAY)
    panel = whole(book, book.sable, NOW)
    assert panel.remarks[0] == "Set by hand to Poor."
    assert "set by hand" in panel.turnings[0].words
    assert panel.words.startswith("From healthy to poor: ")
    owing = whole(book, book.nordlys, NOW, **{"from": "2025-06-23", "to": "2025-06-26"})
    assert "Began to hold the band: Champion left." in owing.remarks


def test_the_smallest_change(book: Book, at_noon: datetime) -> None:
    panel = whole(book, book.sable, at_noon)
    assert [turning.title for turning in panel.turnings] == ["What would make it poor"]
    assert panel.turnings[0].turns
    low = {turning.band: turning for turning in whole(book, book.nordlys, at_noon).turnings}
    assert "No single measure would" in low["green"].words
    assert whole(book, book.nordlys, at_noon, to="2025-06-29").turnings == ()


def test_coverage_tells_silent_from_never(book: Book, at_noon: datetime) -> None:
    use(book.cast.acme, "vela", 3, date(2025, 6, 22), date(2025, 6, 23))
    panel = whole(book, book.nordlys, at_noon)
    assert panel.coverage is not None
    assert re.fullmatch(r"from \d+ of \d+ measures; oldest \d+ d(; \d+% unknown)?", panel.coverage.words)
    vela = whole(book, book.vela, at_noon)
    assert vela.coverage is not None
    assert vela.coverage.use == "never used"
    assert "Likely to recommend" in vela.coverage.never
    assert card(book, book.vela, at_noon).coverage.endswith("never used")
    assert "never used" not in card(book, book.sable, at_noon).coverage


def test_the_overview_asks_for_the_age_of_what_it_rests_on(book: Book, at_noon: datetime) -> None:
    client, panel = sign_in(book.cast.alice), card(book, book.nordlys, at_noon)
    told = whole(book, book.nordlys, at_noon).coverage
    assert told is not None
    known, oldest, *unknown = told.words.split("; ")
    assert panel.coverage == "; ".join([known, *unknown])
    said = client.get(panel.oldest_url, headers={"hx-request": "true"}).content.decode()
    assert said.strip() == f'· <a class="define" href="{panel.oldest_url}">{oldest}</a>'
    alone = client.get(panel.oldest_url, follow=True)
    assert alone.redirect_chain == [(f"/w/acme/accounts/{book.nordlys.pk}/why#coverage", 302)]
    assert 'id="coverage"' in alone.content.decode()
    unscored = client.get(f"/w/acme/accounts/{book.quanta.pk}/why/oldest", headers={"hx-request": "true"})
    assert unscored.content.decode().strip() == ""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"from": "2025-06-01"}, "from: there is no score of Jun 1; the next is of Jun 22."),
        ({"to": "2025-08-01"}, "to: there is no score of Aug 1; the next is of Jun 30."),
        ({"from": "2025-06-29", "to": "2025-06-25"}, "from: Jun 29 is later than Jun 25."),
        ({"from": "yesterday"}, "from: “yesterday” is nothing this page knows."),
        ({"to": "0001-01-01"}, "to: “0001-01-01” is nothing this page knows."),
    ],
)
def test_days_that_cannot_be_told(book: Book, at_noon: datetime, asked: dict[str, str], said: str) -> None:
    response = get(book, book.nordlys, **asked)
    assert response.status_code == 400
    assert said in response.content.decode()
    assert "fall-step" in response.content.decode()


def test_the_same_day_twice_and_an_account_without_scores(book: Book, at_noon: datetime) -> None:
    same = whole(book, book.sable, at_noon, **{"from": "2025-06-25", "to": "2025-06-25"})
    assert same.words == "Healthy. Nothing in the score has moved."
    # Of the last day alone: the seven before it, however old it is.
    alone = whole(book, book.sable, at_noon, to="2025-06-23")
    assert (alone.error, str(alone.first), str(alone.last)) == ("", "2025-06-22", "2025-06-23")
    response = get(book, book.quanta)
    assert response.status_code == 200
    assert "Nothing to compare yet" in response.content.decode()


def test_a_fixed_number_of_queries(book: Book, at_noon: datetime) -> None:
    found = (
        Account.objects.of(book.cast.acme).select_related("workspace", "owner__user", "stage").get(pk=book.nordlys.pk)
    )
    with CaptureQueriesContext(connection) as queries:
        why_page(book.cast.alice, found, {}, at_noon)  # type: ignore[arg-type]
    assert len(queries) <= 10


def test_today_is_explained_from_where_it_stands(book: Book, at_noon: datetime) -> None:
    payment = {"account": "nordlys", "id": "paid", "invoice": "nordlys-inv", "paid_on": "2025-07-01", "amount": 1200}
    tell(book.cast.acme, "payments", payment, at=at_noon)
    freshen(book.cast.acme, at_noon)
    panel = whole(book, book.nordlys, at_noon, **{"from": "2025-06-30"})
    assert panel.last == TODAY
    assert panel.fall is not None
    words = {step.key: step.words for step in panel.fall.steps}
    assert words["commercial.days_past_due"] == "41 → 0 d"
