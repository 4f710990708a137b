"""Every number on every page leads to what it means: what shows one names its entry, and links there."""

from __future__ import annotations

import re

import pytest
from django.urls import URLPattern, reverse

from accounts.models import EventName, Import
from dashboards import urls
from dashboards.panels.definitions import anchors
from dashboards.panels.team.tiles import LINES
from metrics.nightly import kpis, moved
from metrics.registry import KPIS
from tests.cast import source_of, tell
from tests.dashboards.blocks import blocks, unexplained
from tests.dashboards.conftest import Book, sign_in
from tests.kept import kept

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
    "feedback": ({"kpi-satisfaction.comments", "kpi-satisfaction.nps"}, ['class="card feedback-tile"']),
    "journey": ({"kpi-revenue.nrr"}, ['class="map-kpi"']),
    "kpis/revenue.mrr": ({"kpi-revenue.mrr"}, ['class="card record-number"']),
}
# Pages of the URLconf without numbers of ours, and why. What lies below settings is what people decide.
WITHOUT = {
    "settings": "leads to the first of them",
    "definitions": "is the page of definitions",
    "source-add": "a form",
    "add-entry": "a form",
    "entry": "a form",
    "live": "a part of another page",
    "share": "tells in a form what a link shows",
    "bulk-changes": "tells what people did",
}


@kept
def counted(book: Book) -> Book:
    """The book with something of everything that pages count."""
    acme = book.cast.acme
    ticket = {"account": "sable", "opened_at": "2025-06-12T10:00:00Z", "theme": "billing"}
    tell(acme, "tickets", *(ticket | {"id": f"t{n}"} for n in range(3)))
    tell(acme, "releases", {"feature": "export", "released_on": "2025-06-20", "plans": []})
    Import.unscoped.create(workspace=acme, source=source_of(acme), kind="accounts", file_name="a.csv", accepted=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moved, "MONTHS_BACK", 3)
        patch.setattr(moved, "WEEKS_BACK", 2)
        assert kpis.count(acme)
    return book


@pytest.mark.parametrize("who", ["alice", "carol"])
def test_what_shows_a_number_leads_to_its_definition(counted: Book, who: str) -> None:
    client, own = sign_in(getattr(counted.cast, who)), f"scope=csm:{counted.cast.alice.pk}"
    for path, (wanted, tags) in PAGES.items():
        asked = path.replace("scope=all", own) if who == "alice" else path
        response = client.get(f"/w/acme/{asked.format(nordlys=counted.nordlys.pk)}")
        assert response.status_code == 200, path
        page = response.content.decode()
        marked, linked = set(MARK.findall(page)), set(LINK.findall(page))
        assert marked - linked == set(), path
        assert linked - anchors() == set(), path
        assert wanted <= marked, path
        for tag in tags:
            opened = [part.partition(">")[0] for part in page.split(tag)[1:]]
            assert opened, tag
            assert all("data-definition" in part for part in opened), tag


def pages(book: Book) -> dict[str, str]:
    """Every page below a workspace that may show numbers of ours: its name → its address."""
    acme = book.cast.acme
    arguments = {
        "account": book.nordlys.pk, "group": "revenue", "name": "mrr", "imported": Import.objects.of(acme).get().pk,
        "event_name": EventName.objects.of(acme).get(name="login").pk, "measure": "usage.active_seats",
        "source": source_of(acme).pk,
    }  # fmt: skip
    found = {}
    for each in urls.pages:
        if isinstance(each, URLPattern) and each.name and each.name not in WITHOUT:
            needed = [name for name in each.pattern.regex.groupindex if name != "workspace"]
            if set(needed) <= arguments.keys():
                found[each.name] = reverse(each.name, args=["acme", *(arguments[name] for name in needed)])
    return found


@pytest.mark.usefixtures("at_noon")
def test_every_block_with_a_number_leads_to_a_definition(counted: Book) -> None:
    """Pages are found by themselves; so whoever adds one says what its numbers mean."""
    client = sign_in(counted.cast.carol)
    variants = [
        "team?scope=all&segment=SMB", "journey?day=2025-06-25", "feedback?release=export", "portfolio?show=poor",
    ]  # fmt: skip
    seen, missing = 0, {}
    for address in [*pages(counted).values(), *(f"/w/acme/{path}" for path in variants)]:
        response = client.get(address)
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            page = response.content.decode()
            seen += sum(1 for block in blocks(page) if any(block.numbers()))
            missing |= {address: found} if (found := unexplained(page)) else {}
    assert not missing
    assert seen > 60


def test_a_number_without_a_definition_is_found() -> None:
    lit = '<a href="/w/acme/definitions#score">Score</a>'
    page = f'<main><div class="card">{lit} 12</div><section class="card bare">from Jun 3: <b>4</b></section></main>'
    assert unexplained(page) == [("card bare", ["4"])]
    assert unexplained(f"<main>{lit}<section><p>since Jun 1 – 22, 2025</p><nav>1 of 2</nav></section></main>") == []


def test_the_rows_of_an_account_are_marked(book: Book) -> None:
    page = sign_in(book.cast.alice).get(f"/w/acme/accounts/{book.nordlys.pk}").content.decode()
    pulls = page.partition('<ul class="pulls">')[2].partition("</ul>")[0]
    measures = page.partition('class="table-card measures"')[2].partition("</table>")[0].partition("<tbody>")[2]
    for rows, tag in ((pulls, "<li"), (measures, "<tr")):
        opened = [part.partition(">")[0] for part in rows.split(tag)[1:]]
        assert opened
        assert all("data-definition" in part for part in opened)


def test_tiles_and_csms_lead_to_their_records(counted: Book) -> None:
    page = sign_in(counted.cast.carol).get("/w/acme/team?start=2025-06-05").content.decode()
    for key in LINES:
        assert f'href="/w/acme/kpis/{key}?start=2025-06-05"' in page
    table = sign_in(counted.cast.carol).get("/w/acme/kpis?start=2025-06-05").content.decode()
    for key in KPIS:
        assert f'href="/w/acme/kpis/{key}?start=2025-06-05"' in table
    assert f'href="/w/acme/kpis/revenue.mrr?start=2025-06-05&amp;scope=csm%3A{counted.cast.alice.pk}"' in page
