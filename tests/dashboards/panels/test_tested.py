"""What the studio shows of back-tests: the draft's beside that of what is published."""

from __future__ import annotations

import pytest

from dashboards.panels.studio import tested
from metrics.backtest.run import digest_of
from metrics.drafts import change_weights, draft_of
from metrics.models import Backtest, ScorecardVersion
from metrics.scorecards import card_of
from tests.metrics.backtest.past import judged_past

pytestmark = pytest.mark.django_db


def test_a_draft_beside_what_is_published(acme):
    judged_past(acme)
    published = ScorecardVersion.objects.of(acme).exclude(published_at=None).get()
    draft = draft_of(published.scorecard)
    change_weights(draft, {card_of(draft).lines[0].measure: 3})
    alone = tested.tested_of(published.scorecard, card_of(draft), published)
    assert (alone.version, alone.was) == (published, None)
    assert [was for _tile, was in alone.tiles] == ["", "", ""]
    assert sum(part.times for part in alone.deciles.parts) == pytest.approx(10, abs=0.2)
    row = Backtest.objects.of(acme).get()
    Backtest.unscoped.filter(pk=row.pk).update(version=draft, card_digest=digest_of(draft))
    judged_past(acme)
    both = tested.tested_of(published.scorecard, card_of(draft), published)
    assert (both.version, both.was) == (draft, published)
    assert [was for _tile, was in both.tiles] == [tile.value for tile, _was in alone.tiles]
    assert [part.was for part in both.deciles.parts] == [part.times for part in alone.deciles.parts]
    # It was changed since: what was judged is no longer what it says.
    change_weights(draft, {card_of(draft).lines[0].measure: 4})
    assert tested.tested_of(published.scorecard, card_of(draft), published).version == published


def test_the_picture():
    picture = tested.Deciles((tested.Decile(1, 0, 4.0, 2.0), tested.Decile(2, 0, 0.0, None)), 0, 90)
    assert picture.bars == [(0, "16.0", "112.0"), (32, "128.0", "0.0")]
    assert picture.marks == ["M-2 72.0h31"]
    assert picture.average_at == "100.0"
