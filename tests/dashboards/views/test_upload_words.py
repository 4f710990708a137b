"""Words that a field does not take: said where they are shown, remembered with the mapping."""

from __future__ import annotations

import pytest
from django.utils import translation

from accounts.importers import work
from accounts.importers.guess import choices_of
from accounts.importers.mapping import parse_mapping
from accounts.kinds import KINDS
from accounts.models import Import, Ticket, Upload
from dashboards.panels.uploads.labels import FIELDS, options_of
from tests.cast import Cast, account
from tests.dashboards.conftest import sign_in
from tests.dashboards.views.test_uploads import brought, do, url_of

DAY = "2025-05-01"
TICKETS = "Ticket;Account;Opened;Priority;Solved\n" + "".join(
    f"T-{n};sable;2025-04-{n + 1:02};{'medium' if n % 3 else 'high'};{'n/a' if n == 5 else DAY}\n" for n in range(12)
)


def words(panel: object) -> list[tuple[str, str, int, str]]:
    return [(each.column, each.text, each.count, each.means) for each in panel.words]  # type: ignore[attr-defined]


def priorities(cast: Cast) -> dict[str, int]:
    found = list(Ticket.objects.of(cast.acme).current().values_list("priority", flat=True))
    return {each: found.count(each) for each in set(found)}


def test_a_word_is_said_on_the_mapping_and_remembered(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, TICKETS, "tickets.csv")
    panel = browser.get(url_of(upload)).context["panel"]
    assert words(panel) == [("Priority", "medium", 8, ""), ("Solved", "n/a", 1, "")]
    assert panel.preview.bad == 8
    means = {"w3-0": "medium", "m3-0": "normal", "w4-0": "n/a", "m4-0": "(empty)"}
    do(browser, upload, "check", **means)
    assert parse_mapping(upload.mapping).fields()["priority"].values == {"medium": "normal"}
    assert parse_mapping(upload.mapping).fields()["solved_at"].values == {"n/a": ""}
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert (upload.checked["accepted"], upload.checked["rejected"]) == (12, 0)
    do(browser, upload, "import", **means)
    work.drain(upload.pk)
    assert priorities(cast) == {"normal": 8, "high": 4}
    next_one = brought(browser, TICKETS.replace("T-", "U-"), "tickets.csv")
    panel = browser.get(url_of(next_one)).context["panel"]
    assert [each.means for each in panel.words] == ["normal", "(empty)"]
    assert not panel.preview.bad
    do(browser, next_one, "preview", **means | {"m3-0": ""})
    assert "values" not in next_one.mapping.partition("priority:")[2].partition("solved_at:")[0], "unsaid"


def test_a_dry_run_tells_the_words_of_all_rows(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    late = "".join(f"V-{n};sable;2025-04-01;{'low' if n < 300 else 'mittel'};\n" for n in range(420))
    upload = brought(browser, TICKETS.splitlines()[0] + "\n" + late, "tickets.csv")
    assert browser.get(url_of(upload)).context["panel"].words == ()
    do(browser, upload, "check")
    work.drain(upload.pk)
    page = browser.get(url_of(upload))
    assert words(page.context["panel"]) == [("Priority", "mittel", 120, "")]
    assert "“mittel” means" in page.content.decode()


def test_the_report_takes_refused_rows_again_with_the_words_said(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, f"{TICKETS}T-99;sable;2025-04-01;medium;;and more\n", "tickets.csv")
    do(browser, upload, "import")
    work.drain(upload.pk)
    done = Import.objects.of(cast.acme).get()
    report = f"/w/acme/sources/imports/{done.pk}"
    assert words(browser.get(report).context["panel"]) == [("Priority", "medium", 8, ""), ("Solved", "n/a", 1, "")]
    response = browser.post(f"{report}/again", {"w3-0": "medium", "m3-0": "low", "w4-0": "n/a", "m4-0": "(empty)"})
    again = Upload.unscoped.latest("pk")
    assert response["Location"] == url_of(again)
    panel = browser.get(url_of(again)).context["panel"]
    assert (len(panel.preview.rows), panel.preview.bad) == (8, 0)
    do(browser, again, "import")
    work.drain(again.pk)
    assert priorities(cast) == {"low": 8, "high": 4}
    last = Import.objects.of(cast.acme).latest("pk")
    assert (last.accepted, last.rejected, last.source) == (8, 0, done.source)
    assert not Ticket.objects.of(cast.acme).filter(external_id="T-99").exists(), "what was cut off nobody has mended"
    assert browser.get(f"/w/acme/sources/imports/{last.pk}").context["panel"].words == ()


def test_an_import_without_refused_rows_has_none_to_take_again(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, TICKETS.replace("medium", "low").replace("n/a", ""), "tickets.csv")
    do(browser, upload, "import")
    work.drain(upload.pk)
    done = Import.objects.of(cast.acme).get()
    response = browser.post(f"/w/acme/sources/imports/{done.pk}/again", follow=True)
    assert "Say what a word means first." in response.content.decode()
    response = browser.post(f"/w/acme/sources/imports/{done.pk}/again", {"w3-0": "medium", "m3-0": "low"}, follow=True)
    assert "no row below it" in response.content.decode()
    assert Upload.unscoped.count() == 1


@pytest.mark.parametrize(
    ("posted", "kept"),
    [({"w3-0": "a" * 500, "m3-0": "\0"}, {"a" * 500: "\0"}), ({"m3-0": "low"}, {}), ({"w3-0": ""}, {})],
)
def test_odd_forms_do_no_harm(cast: Cast, posted: dict[str, str], kept: dict[str, str]) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, TICKETS, "tickets.csv")
    before = parse_mapping(upload.mapping).fields()
    assert do(browser, upload, "preview", **posted).status_code == 302
    fields = parse_mapping(upload.mapping).fields()
    assert fields.pop("priority").values == kept
    assert fields == {field: column for field, column in before.items() if field != "priority"}
    panel = browser.get(url_of(upload)).context["panel"]
    assert (panel.preview.bad, {each.text: each.means for each in panel.words if each.means}) == (8, kept)


def test_what_a_word_can_mean_is_said_in_the_words_of_the_reader(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, TICKETS, "tickets.csv")
    [priority, solved] = browser.get(url_of(upload)).context["panel"].words
    said = [("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")]
    left_empty = ("(empty)", "leave it empty")
    assert [(value, label) for value, label, _here in priority.options] == [("", "still refused"), *said, left_empty]
    assert [value for value, _label, _here in solved.options] == ["", "(empty)"]
    with translation.override("de"):
        assert options_of("contacts", "part")[-1] == ("user", "Benutzer"), "a word that Django has in German"


def test_every_word_that_a_field_takes_can_be_said(cast: Cast) -> None:
    taken = {(kind, field): set(choices_of(kind, field)) for kind in KINDS for field in FIELDS}
    offered = {(kind, field): {word for word, _label in options_of(kind, field)} for kind, field in taken}
    assert {place: words - {""} for place, words in taken.items()} == offered
    assert offered["client_figures", "figure"] == {"headcount", "customers", "revenue", "cost", "return"}


def test_many_unknown_accounts_hide_no_word(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    strangers = "".join(f"S-{n};a{n:04};2025-04-01;low;\n" for n in range(1_001))
    content = f"{TICKETS.splitlines()[0]}\n{strangers}W-1;sable;2025-04-01;mittel;\n"
    upload = brought(browser, content, "tickets.csv")
    do(browser, upload, "check")
    work.drain(upload.pk)
    assert words(browser.get(url_of(upload)).context["panel"]) == [("Priority", "mittel", 1, "")]
    do(browser, upload, "import")
    work.drain(upload.pk)
    report = f"/w/acme/sources/imports/{Import.objects.of(cast.acme).get().pk}"
    assert words(browser.get(report).context["panel"]) == [("Priority", "mittel", 1, "")]


def test_a_dry_run_forgets_no_word_and_a_formula_is_taken_again_as_it_was(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, f'{TICKETS}T-20;sable;{DAY};=high;\nT-21;sable;{DAY};"a\nb";\n', "tickets.csv")
    seen = [("Priority", "medium", 8, ""), ("Priority", "=high", 1, ""), ("Solved", "n/a", 1, "")]
    assert words(browser.get(url_of(upload)).context["panel"]) == seen
    do(browser, upload, "check")
    work.drain(upload.pk)
    assert words(browser.get(url_of(upload)).context["panel"]) == seen
    do(browser, upload, "import")
    work.drain(upload.pk)
    report = f"/w/acme/sources/imports/{Import.objects.of(cast.acme).get().pk}"
    assert words(browser.get(report).context["panel"]) == seen
    browser.post(f"{report}/again", {"w3-0": "=high", "m3-0": "high"})
    panel = browser.get(url_of(Upload.unscoped.latest("pk"))).context["panel"]
    assert (words(panel), panel.preview.bad) == ([("Priority", "=high", 1, "high")], 0)


LONG = "medium, since nobody has told us whether it can wait until the next release or not; " * 2


@pytest.mark.parametrize(("word", "is_told"), [(LONG[:160], True), (LONG[:160] + "x" * 38, True), (LONG * 2, False)])
def test_a_long_word_can_be_said(cast: Cast, word: str, is_told: bool) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    word, other = word.strip(), word.strip()[:120] + " but"
    rows = "".join(f'L-{n};sable;2025-04-01;"{each}";\n' for n, each in enumerate((word, word, other)))
    known = "".join(f"K-{n};sable;2025-04-01;high;\n" for n in range(5))
    upload = brought(browser, f"{TICKETS.splitlines()[0]}\n{known}{rows}", "tickets.csv")
    seen = [("Priority", word, 2, "")] * is_told + [("Priority", other, 1, "")]
    assert words(browser.get(url_of(upload)).context["panel"]) == seen
    do(browser, upload, "check")
    work.drain(upload.pk)
    assert words(browser.get(url_of(upload)).context["panel"]) == seen
    do(browser, upload, "import")
    work.drain(upload.pk)
    report = f"/w/acme/sources/imports/{Import.objects.of(cast.acme).get().pk}"
    assert words(browser.get(report).context["panel"]) == seen
    browser.post(f"{report}/again", {"w3-0": seen[0][1], "m3-0": "normal"})
    again = Upload.unscoped.latest("pk")
    do(browser, again, "import")
    work.drain(again.pk)
    assert priorities(cast) == {"high": 5, "normal": seen[0][2]}
