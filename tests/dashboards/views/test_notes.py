"""Notes: once, by who may, changed by their author, and found by those whom they call."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Mention, Note
from dashboards.panels.notes import mentions_of, notes_of, unseen_mentions
from tests.cast import NOW, Cast, account, join
from tests.dashboards.conftest import sign_in


def write(cast: Cast, who: str, found: Account, body: str, ticket: object = None) -> Note:
    sent = {"body": body, "ticket": str(ticket or uuid4())}
    response = sign_in(getattr(cast, who)).post(f"/w/acme/accounts/{found.pk}/notes/add", sent)
    assert response.status_code == 302
    return Note.objects.of(cast.acme).latest("pk")


def test_a_note_is_written_once_changed_and_taken_back(cast: Cast, one: Account, at_noon: datetime) -> None:
    ticket = uuid4()
    note = write(cast, "alice", one, "They *grow*", ticket)
    assert write(cast, "alice", one, "They *grow*", ticket) == note
    browser, url = sign_in(cast.alice), f"/w/acme/accounts/{one.pk}/notes/{note.pk}"
    page = browser.get(f"/w/acme/accounts/{one.pk}/people").content.decode()
    assert "They <em>grow</em>" in page
    browser.post(url, {"body": "They **shrink**", "ticket": str(ticket)})
    assert browser.post(url, {"body": " ", "ticket": str(ticket)}).status_code == 400
    browser.post(f"{url}/pin", {"pinned": "1"})
    note.refresh_from_db()
    assert (note.body, note.edited_at, note.is_pinned, note.author) == ("They **shrink**", at_noon, True, cast.alice)
    for _twice in range(2):
        assert browser.post(f"{url}/take-back").status_code == 302
    page = browser.get(f"/w/acme/accounts/{one.pk}/people").content.decode()
    assert "shrink" not in page
    assert f'action="{url}/restore"' in page
    assert browser.get(url).status_code == 404
    browser.post(f"{url}/restore")
    assert "They <strong>shrink</strong>" in browser.get(f"/w/acme/accounts/{one.pk}/people").content.decode()


@pytest.mark.parametrize(
    ("who", "reads", "writes", "changes"),
    [("alice", 200, 302, 302), ("bob", 200, 302, 403), ("carol", 200, 302, 302), ("victor", 200, 403, 403),
     ("mallory", 404, 404, 404)],
)  # fmt: skip
def test_who_may(cast: Cast, one: Account, who: str, reads: int, writes: int, changes: int) -> None:
    note = write(cast, "alice", one, "For us alone")
    browser, place = sign_in(getattr(cast, who)), f"/w/acme/accounts/{one.pk}"
    page = browser.get(f"{place}/people")
    assert page.status_code == reads
    assert (b"/notes/add" in page.content) == (writes == 302)
    assert browser.post(f"{place}/notes/add", {"body": "x", "ticket": str(uuid4())}).status_code == writes
    assert browser.post(f"{place}/notes/{note.pk}", {"body": "y", "ticket": str(uuid4())}).status_code == changes
    assert browser.post(f"{place}/notes/{note.pk}/take-back").status_code == changes
    note.refresh_from_db()
    assert (note.retracted_at is not None) == (changes == 302)
    other = account(cast.acme, "other")
    assert browser.get(f"/w/acme/accounts/{other.pk}/notes/{note.pk}").status_code in (404, 403)


def test_a_csm_writes_no_note_into_the_book_of_another(cast: Cast, at_noon: datetime) -> None:
    found = account(cast.acme, "souths", owner="carol@acme.example", team="South")
    sent = {"body": "x", "ticket": str(uuid4())}
    for who in (cast.alice, cast.bob):
        assert sign_in(who).post(f"/w/acme/accounts/{found.pk}/notes/add", sent).status_code == 403
    assert not Note.objects.of(cast.acme).exists()


def test_who_is_called_finds_the_note_and_nobody_else_does(cast: Cast, one: Account, at_noon: datetime) -> None:
    join(cast.acme, "Bob.Second", "csm")
    note = write(cast, "alice", one, "@bob and @carol@acme.example, see @nobody and `@victor`")
    called = Mention.objects.of(cast.acme).filter(note=note)
    assert {(row.called, row.member) for row in called} == {
        ("bob", cast.bob), ("carol@acme.example", cast.carol)
    }  # fmt: skip
    assert [unseen_mentions(each) for each in (cast.alice, cast.bob, cast.carol, cast.victor)] == [0, 1, 1, 0]
    browser = sign_in(cast.bob)
    assert "New" in browser.get("/w/acme/mentions").content.decode()
    assert unseen_mentions(cast.bob) == 0
    page = browser.get("/w/acme/mentions").content.decode()
    assert '<span class="mention">@Bob</span>' in page
    assert '<span class="tag">New</span>' not in page
    # What it no longer says calls nobody; who had seen it is not told again.
    sign_in(cast.alice).post(f"/w/acme/accounts/{one.pk}/notes/{note.pk}", {"body": "@bob", "ticket": str(uuid4())})
    assert (unseen_mentions(cast.bob), unseen_mentions(cast.carol)) == (0, 0)
    assert not mentions_of(cast.carol, 1).rows


def test_a_name_that_two_have_means_nobody_and_the_writer_is_told(cast: Cast, one: Account, at_noon: datetime) -> None:
    cast.bob.user.name, cast.carol.user.name = "Kim Holt", "Kim Berg"
    cast.bob.user.save(), cast.carol.user.save()
    sent = {"body": '@kim @"Kim Berg"', "ticket": str(uuid4())}
    response = sign_in(cast.alice).post(f"/w/acme/accounts/{one.pk}/notes/add", sent, follow=True)
    assert "Nobody was told by @kim:" in response.content.decode()
    assert [row.member for row in Mention.objects.of(cast.acme)] == [cast.carol]


def test_the_number_of_queries_does_not_depend_on_the_notes(cast: Cast, one: Account, at_noon: datetime) -> None:
    for n in range(60):
        Note.unscoped.create(
            workspace=cast.acme, account=one, author=cast.alice, body=f"Note {n}", ticket=uuid4(), created_at=NOW
        )
    with CaptureQueriesContext(connection) as queries:
        shown = notes_of(cast.alice, one, True, 2, "/here")
    assert (len(shown.rows), shown.pager.total, shown.pager.before) == (20, 60, "/here#notes")
    assert len(queries) == 3
    oldest = Note.objects.of(cast.acme).order_by("pk").first()
    path = f"/w/acme/accounts/{one.pk}/people?note={oldest.pk}"
    assert f'id="note-{oldest.pk}"' in sign_in(cast.alice).get(path).content.decode()
