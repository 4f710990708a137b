"""One account's page: exact sums, caps with their cause, a line over the bands, all facts in order."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Membership, Workspace
from dashboards.panels.account import AccountPage, account_page
from metrics.models import Band, ManualBand, Standing
from metrics.models.snapshot import UNIT
from tests.dashboards.conftest import NOW, TODAY, Book, night, sign_in
from tests.metrics.steering import steer


def page(member: Membership, account: Account, now: datetime, asked: str = "90") -> AccountPage:
    found = Account.objects.of(member.workspace).select_related("workspace", "owner__user", "stage").get(pk=account.pk)
    return account_page(member, found, asked, now)


def printed(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace("+", ""))


def test_the_contributions_add_up_to_the_score_as_printed(book: Book, at_noon: datetime) -> None:
    for account in (book.nordlys, book.sable):
        panel = page(book.cast.alice, account, at_noon)
        total = 50 + sum(printed(each.printed) for each in panel.contributions)
        shown = panel.sum.split(" = ")[1].split()[0].rstrip(".")
        assert Decimal(shown) == total
        assert panel.score is not None
        assert abs(total - panel.score) <= Decimal("0.05")
        assert sum(each.value for each in panel.contributions) == pytest.approx(float(panel.score) - 50)


def test_a_scorecard_of_points_shows_signed_points_and_its_clamp(book: Book, at_noon: datetime) -> None:
    steps = {
        "usage.usage_frequency": [[">=", 20, 40], ["<", 10, -20]],
        "commercial.days_past_due": [["=", 0, 15.5], [">=", 30, -45.5]],
        "sentiment.recommendation": [[">=", 9, 5], ["<=", 3, -5]],
        "usage.usage_volume": [[">=", 75, 10]],
    }
    version = steer(book.cast.acme, steps=steps, by_rank=True)
    night(book.cast.acme, TODAY)
    found = page(book.cast.alice, book.sable, NOW + timedelta(days=1))
    assert found.score == 100
    assert [(each.label, each.printed) for each in found.contributions] == [
        ("Usage frequency", "+40.0"),
        ("Days past due", "+15.5"),
        ("Likely to recommend", "+5.0"),
        ("Clamped to 100", "−10.5"),
    ]
    assert found.sum == "50 + 50.0 = 100.0."
    sunk = page(book.cast.alice, book.nordlys, NOW + timedelta(days=1))
    assert (sunk.score, [each.printed for each in sunk.contributions][-1]) == (0, "+20.5")
    assert sunk.sum.startswith("50 − 50.0 = 0.0.")
    rows = {row.label: row for row in found.measures}
    due = rows["Days past due"]
    assert (due.target, due.signed, due.band, due.weight) == ("= 0 d", "+15.5", "green", 45.5 / 100.5)
    assert "bands by rank: poor under 40.0, healthy from 70.0" in found.coverage
    client = sign_in(book.cast.alice)
    text = client.get(reverse("account", args=["acme", book.nordlys.pk]), {"since": "none"}).content.decode()
    assert "Clamped to 0" in text
    assert "−45.5" in text
    assert version.bands_by_rank


def test_the_measures_show_value_target_points_and_weight(book: Book, at_noon: datetime) -> None:
    panel = page(book.cast.alice, book.nordlys, at_noon)
    rows = {row.label: row for row in panel.measures}
    due = rows["Days past due"]
    standing = Standing.objects.of(book.cast.acme).get(account_id=book.nordlys.pk)
    assert due.text == f"{standing.days_past_due} d"
    assert (due.target, due.band) == ("0 d", "red")
    assert due.points == pytest.approx(50 - 50 * (standing.days_past_due - 15) / 30)
    assert rows["Usage volume, 28 d"].target == "the top"
    assert sum(row.weight for row in panel.measures) == pytest.approx(1)
    assert len(due.line) == 9


def test_untracked_measures_are_left_out_and_named(book: Book, at_noon: datetime) -> None:
    panel = page(book.cast.alice, book.nordlys, at_noon)
    assert "Support satisfaction" in panel.left_out
    assert not [row for row in panel.measures if row.label.startswith("Support satisfaction")]


def test_the_caps_that_hold_and_no_others_say_their_cause(book: Book, at_noon: datetime) -> None:
    texts = [notice.text for notice in page(book.cast.alice, book.nordlys, at_noon).notices]
    days = Standing.objects.of(book.cast.acme).get(account_id=book.nordlys.pk).days_past_due
    overdue = f"Invoice INV-nordlys is {days} days overdue: at most At risk"
    assert texts == [overdue, "A champion left: at most At risk"]
    client = sign_in(book.cast.alice)
    for notice in page(book.cast.alice, book.nordlys, at_noon).notices:
        assert client.get(notice.url).status_code == 200
        assert (
            f'<a href="{notice.url.replace("&", "&amp;")}">'
            in client.get(f"/w/acme/accounts/{book.nordlys.pk}").content.decode()
        )
    assert page(book.cast.alice, book.sable, at_noon).notices == ()


@pytest.mark.parametrize(("held", "band", "said"), [(Band.YELLOW, Band.YELLOW, 1), (Band.YELLOW, Band.RED, 0)])
def test_that_the_band_waits_is_said_where_it_is_not_what_the_score_gives(
    book: Book, at_noon: datetime, held: int, band: int, said: int
) -> None:
    row = Standing.objects.of(book.cast.acme).get(account=book.sable)
    row.computed_band, row.held_band, row.band = Band.RED, held, band
    row.save(update_fields=["computed_band", "held_band", "band"])
    texts = [notice.text for notice in page(book.cast.alice, book.sable, at_noon).notices]
    assert len([text for text in texts if text.startswith("By its score alone it would be Poor")]) == said


def test_a_manual_band_names_author_reason_and_end(book: Book) -> None:
    ManualBand.unscoped.create(
        workspace=book.cast.acme, account=book.sable, band=Band.RED, reason="Merger", author=book.cast.alice,
        starts_on=TODAY, ends_on=date(2025, 8, 1),
    )  # fmt: skip
    night(book.cast.acme, TODAY)
    panel = page(book.cast.alice, book.sable, NOW + timedelta(days=1))
    assert panel.band == "red"
    texts = [notice.text for notice in panel.notices]
    assert texts[0].startswith("Poor by hand until Aug 1, Alice: “Merger”. Computed: ")
    assert texts[0].endswith(" Healthy")


def test_the_chart_runs_over_the_scored_days_with_marks(book: Book, at_noon: datetime) -> None:
    chart = page(book.cast.alice, book.nordlys, at_noon).chart
    assert chart is not None
    assert chart["data"][0]["x"][0] == "2025-06-22"
    assert chart["data"][0]["x"][-1] == "2025-06-30"
    assert [label["text"] for label in chart["layout"]["annotations"]] == ["Champion left"]


def test_a_customer_that_left_keeps_its_last_score(book: Book, at_noon: datetime) -> None:
    Standing.objects.of(book.cast.acme).filter(account_id=book.sable.pk).update(is_scored=False)
    panel = page(book.cast.alice, book.sable, at_noon)
    assert panel.score is not None
    assert "this is the last score, of Jun 30" in panel.notices[0].text


def test_an_account_that_was_never_scored_says_why(book: Book, at_noon: datetime) -> None:
    response = sign_in(book.cast.alice).get(f"/w/acme/accounts/{book.quanta.pk}")
    assert response.status_code == 200
    assert "on no night yet was this one" in response.content.decode()


def test_the_head_of_who_only_buys_has_no_mrr(book: Book, at_noon: datetime) -> None:
    def facts() -> list[str]:
        return [each.text for each in page(book.cast.alice, book.nordlys, at_noon).head.facts]

    had = facts()
    book.cast.acme.kind = Workspace.Kind.PURCHASES
    book.cast.acme.save()
    assert "€1,500 MRR" in had
    assert facts() == [each for each in had if "MRR" not in each]


def test_the_number_of_queries_does_not_depend_on_the_account(book: Book, at_noon: datetime) -> None:
    with CaptureQueriesContext(connection) as queries:
        page(book.cast.alice, book.nordlys, at_noon)
    assert len(queries) <= 25


def test_another_workspace_and_another_account_are_not_there(book: Book, at_noon: datetime) -> None:
    assert sign_in(book.cast.mallory).get(f"/w/acme/accounts/{book.sable.pk}").status_code == 404
    assert sign_in(book.cast.mallory).get(f"/w/evil/accounts/{book.sable.pk}").status_code == 404
    assert sign_in(book.cast.mallory).get(f"/w/evil/accounts/{book.sable.pk}/timeline").status_code == 404


def test_an_unknown_range_is_a_bad_request(book: Book, at_noon: datetime) -> None:
    assert sign_in(book.cast.alice).get(f"/w/acme/accounts/{book.sable.pk}?range=7").status_code == 400


def test_the_score_is_stored_and_shown_alike(book: Book, at_noon: datetime) -> None:
    standing = Standing.objects.of(book.cast.acme).get(account_id=book.sable.pk)
    assert page(book.cast.alice, book.sable, at_noon).score == Decimal(standing.score_units) / UNIT
