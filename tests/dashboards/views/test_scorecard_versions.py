"""Versions of a scorecard side by side, out as YAML, and a YAML file into the draft."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metrics.comparing import caps_beside
from metrics.drafts import (
    add_cap,
    add_line,
    card_of,
    change_bands,
    change_weights,
    draft_of,
    open_draft,
    remove_cap,
    remove_line,
)
from metrics.models import Line, Scorecard
from metrics.scorecard_files import MAX_SIZE
from tests.cast import Cast, account, night
from tests.dashboards.conftest import sign_in
from tests.metrics.cases import DAY, told
from tests.metrics.steering import owing, steer

pytestmark = pytest.mark.django_db
SEATS = "usage.active_seats"


@pytest.fixture
def default(cast: Cast) -> Scorecard:
    return Scorecard.objects.of(cast.acme).select_related("workspace").get()  # type: ignore[no-any-return]


def url(scorecard: Scorecard, end: str = "compare") -> str:
    return f"/w/acme/scorecards/{scorecard.pk}/{end}"


def send(cast: Cast, scorecard: Scorecard, content: bytes) -> Any:
    file = SimpleUploadedFile("card.yaml", content)
    return sign_in(cast.carol).post(url(scorecard, "upload"), {"file": file})


def text(cast: Cast, address: str) -> str:
    return " ".join(sign_in(cast.carol).get(address).content.decode().split())


def test_one_version_has_nothing_beside_it(cast: Cast, default: Scorecard) -> None:
    page = text(cast, url(default))
    assert "There is one version so far" in page
    assert sign_in(cast.carol).get(url(default) + "?a=9").status_code == 400
    assert sign_in(cast.alice).get(url(default)).status_code == 403


def test_a_draft_beside_what_is_published(cast: Cast, default: Scorecard) -> None:
    draft = draft_of(default)
    change_weights(draft, {SEATS: 25})
    remove_line(draft, "commercial.payment_drift")
    add_line(draft, "support.first_response")
    change_bands(draft, red_below=45.5)
    page = text(cast, url(default))
    assert "weight 10 · 10% / 40% / 80%" in page
    assert "weight 25 · 10% / 40% / 80%" in page
    assert "<b>+15.0</b>" in page
    assert page.count(">added<") == page.count(">removed<") == 1
    assert "red below 45.5, green from 70" in page
    assert "22 more are the same in both" in page
    assert "No account has another colour" in page
    assert "<b>−15.0</b>" in text(cast, url(default) + "?a=2&b=1")


def test_rules_that_are_called_the_same_are_told_apart(default: Scorecard) -> None:
    draft = draft_of(default)
    for bound in (9, 8):
        add_cap(draft, "Late", 1, [[SEATS, "<", bound]])
    card = card_of(draft)
    pairs = caps_beside(card, card)
    assert [(each.before, each.after) for each in pairs] == [(cap, cap) for cap in card.caps]
    remove_cap(draft, len(card.caps) - 2)
    *_same, kept, gone = caps_beside(card, card_of(draft))
    assert (kept.before, kept.after) == (card.caps[-1], card.caps[-1])
    assert (gone.before, gone.after) == (card.caps[-2], None)


def test_who_would_change_colour(cast: Cast, default: Scorecard, at_noon: Any) -> None:
    account(cast.acme, "sable", owner="alice@acme.example", name="Sable Hotels")
    steered = steer(cast.acme).scorecard
    told(cast.acme, {"sable": owing(80)})
    night(cast.acme, DAY)
    change_bands(draft_of(steered), green_from=55)
    page = text(cast, url(steered))
    assert "Sable Hotels" in page
    assert "Alice" in page
    assert "0 down · 1 up" in page


def test_out_and_into_the_draft(cast: Cast, default: Scorecard) -> None:
    carol = sign_in(cast.carol)
    out = carol.get(url(default, "versions/1.yaml"))
    assert out["Content-Disposition"] == 'attachment; filename="Default-v1.yaml"'
    assert carol.get(url(default, "versions/7.yaml")).status_code == 404
    content = out.content.replace(b"weight: 10\n", b"weight: 30\n")
    assert send(cast, default, content).status_code == 302
    draft = open_draft(default)
    assert Line.objects.of(cast.acme).get(version=draft, measure=SEATS).weight == 30


def test_a_bad_file_is_told_and_leaves_no_draft(cast: Cast, default: Scorecard) -> None:
    refused = send(cast, default, b"lines:\n- measure: usage.luck\n  weight: 1\n")
    assert refused.status_code == 400
    assert "Line 2, measure: there is no measure “usage.luck”" in refused.content.decode()
    assert "at least one has to be more than 0" in send(cast, default, b"lines: []\n").content.decode()
    letters = b'caps:\n- name: "\\ud800"\n'
    assert "it holds a letter that is none" in send(cast, default, letters).content.decode()
    assert send(cast, default, b"\xff\xfe").status_code == 400
    assert send(cast, default, b"#" * (MAX_SIZE + 1)).status_code == 413
    assert sign_in(cast.carol).post(url(default, "upload")).status_code == 400
    assert open_draft(default) is None
    assert sign_in(cast.bob).post(url(default, "upload")).status_code == 403
