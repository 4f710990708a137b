"""Every number on every page leads to what it means: what shows one names its entry, and links there."""

from __future__ import annotations

import re

import pytest

from dashboards.panels.definitions import anchors
from dashboards.panels.team.tiles import LINES
from metrics.nightly import kpis
from metrics.registry import KPIS
from tests.dashboards.conftest import Book, sign_in

pytestmark = pytest.mark.django_db

MARK = re.compile(r'data-definition="([^"]*)"')
LINK = re.compile(r'href="/w/acme/definitions#([^"]+)"')
ALL_KPIS = {f"kpi-{key}" for key in KPIS}
# Page → which numbers it shows at least, and what shows one: each of these tags must be marked.
PAGES = {
    "portfolio": ({"score", "kpi-revenue.mrr", "kpi-effort.healthy", "kpi-effort.unknown"}, ['class="card light ']),
    "accounts": ({"score", "kpi-revenue.mrr"}, []),
    "accounts/{nordlys}": (
        {"score", "measure-usage.active_seats", "measure-commercial.days_past_due"},
        ['class="card score"'],
    ),
    "team": ({"score-band", "kpi-support.tickets"}, ['class="card tile"']),
    "kpis": (ALL_KPIS, ['<tr id="kpi-']),
    "kpis?scope=all&period=quarter": (ALL_KPIS, ['<tr id="kpi-']),
    "feedback": ({"kpi-satisfaction.comments", "kpi-satisfaction.nps", "kpi-satisfaction.csat"}, []),
    "journey": ({"kpi-revenue.nrr"}, ['class="map-kpi"']),
    "kpis/revenue.mrr": ({"kpi-revenue.mrr"}, ['class="card record-number"']),
}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["alice", "carol"])
def test_what_shows_a_number_leads_to_its_definition(book: Book, who, path):
    assert kpis.count(book.cast.acme)
    if who == "alice":
        path, (wanted, tags) = path.replace("scope=all", f"scope=csm:{book.cast.alice.pk}"), PAGES[path]
    else:
        wanted, tags = PAGES[path]
    response = sign_in(getattr(book.cast, who)).get(f"/w/acme/{path.format(nordlys=book.nordlys.pk)}")
    assert response.status_code == 200
    page = response.content.decode()
    marked, linked = set(MARK.findall(page)), set(LINK.findall(page))
    assert marked - linked == set()
    assert linked - anchors() == set()
    assert wanted <= marked
    for tag in tags:
        opened = [part.partition(">")[0] for part in page.split(tag)[1:]]
        assert opened, tag
        assert all("data-definition" in part for part in opened), tag


def test_the_rows_of_an_account_are_marked(book: Book):
    page = sign_in(book.cast.alice).get(f"/w/acme/accounts/{book.nordlys.pk}").content.decode()
    pulls = page.partition('<ul class="pulls">')[2].partition("</ul>")[0]
    measures = page.partition('class="table-card measures"')[2].partition("</table>")[0].partition("<tbody>")[2]
    for rows, tag in ((pulls, "<li"), (measures, "<tr")):
        opened = [part.partition(">")[0] for part in rows.split(tag)[1:]]
        assert opened
        assert all("data-definition" in part for part in opened)


def test_tiles_and_csms_lead_to_their_records(book: Book):
    assert kpis.count(book.cast.acme)
    page = sign_in(book.cast.carol).get("/w/acme/team?start=2025-06-05").content.decode()
    for key in LINES:
        assert f'href="/w/acme/kpis/{key}?start=2025-06-05"' in page
    table = sign_in(book.cast.carol).get("/w/acme/kpis?start=2025-06-05").content.decode()
    for key in KPIS:
        assert f'href="/w/acme/kpis/{key}?start=2025-06-05"' in table
    assert f'href="/w/acme/kpis/revenue.mrr?start=2025-06-05&amp;scope=csm%3A{book.cast.alice.pk}"' in page
