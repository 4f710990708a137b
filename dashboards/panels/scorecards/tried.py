"""The test field: which scorecard an account would get, and why none before it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.finding import LETTERS, find
from accounts.models import Account, Workspace
from dashboards.panels import filters
from dashboards.panels.filters import bad
from dashboards.panels.lists import Link, Select
from dashboards.panels.scorecards.words import look_text
from metrics.lineup import Why, looks, open_ones, published

HITS = 8


@dataclass(frozen=True)
class Asked:
    """An account, words to find one by, or a segment and stage by their names; `chosen` tells whether the latter were
    chosen at all, for an empty one is a choice as well."""

    account: int | None = None
    q: str = ""
    segment: str = ""
    stage: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Step:
    """A scorecard that the account looks at, in words; `tone`: got, passed, or left."""

    name: str
    words: str
    tone: str


@dataclass(frozen=True)
class Tried:
    """What was tried, and what came of it; `hits` are accounts to choose from."""

    url: str
    q: str
    selects: tuple[Select, ...]
    is_short: bool
    hits: tuple[Link, ...] = ()
    account: Link | None = None
    steps: tuple[Step, ...] = ()

    @property
    def got(self) -> str:
        """The scorecard that fits; empty where none does."""
        return next((step.name for step in self.steps if step.tone == "got"), "")


def read(asked: QueryDict) -> Asked:
    """What an address asks the test field. Raises FilterError."""
    return Asked(
        account=filters.key(asked, "account"),
        q=filters.text(asked, "q").strip()[:100],
        segment=filters.text(asked, "segment")[:60],
        stage=filters.text(asked, "stage")[:60],
        chosen="segment" in asked or "stage" in asked,
    )


def tried_of(workspace: Workspace, asked: Asked, segments: list[str], stages: list[str]) -> Tried:
    """What came of it, of these segments and stages to choose from. Seven queries at most. Raises FilterError for an
    account that is not there."""
    url = reverse("scorecards", args=[workspace.slug])
    account = _account(workspace, asked.account) if asked.account else None
    found = find(workspace, asked.q, (HITS, 0)).accounts if asked.q and account is None else []
    segment, stage = (account.segment, account.stage.name if account.stage else "") if account else (
        asked.segment, asked.stage,
    )  # fmt: skip
    is_tried = account is not None or (asked.chosen and not asked.q)
    return Tried(
        url=url,
        q=account.name if account else asked.q,
        selects=(
            _select("segment", _("Segment"), segment, segments),
            _select("stage", _("Stage"), stage, stages),
        ),
        is_short=len(asked.q) < LETTERS,
        hits=tuple(Link(row["name"], f"{url}?{urlencode({'account': row['pk']})}#try") for row in found),
        account=Link(account.name, reverse("account", args=[workspace.slug, account.pk])) if account else None,
        steps=_steps(workspace, segment, stage) if is_tried else (),
    )


def _account(workspace: Workspace, key: int) -> Account:
    found: Account | None = Account.objects.of(workspace).select_related("stage").filter(pk=key).first()
    if found is None:
        raise bad("account", str(key))
    return found


def _select(name: str, label: str, chosen: str, names: list[str]) -> Select:
    """Of what is there; what was asked for stays chosen, though no account is of it."""
    every = dict.fromkeys(["", *names, chosen])
    return Select(name, label, tuple((each, each or _("none"), each == chosen) for each in every))


def _steps(workspace: Workspace, segment: str, stage: str) -> tuple[Step, ...]:
    found = looks(open_ones(workspace), published(workspace), (segment, stage))
    tones = {None: "got", Why.LATER: "left"}
    return tuple(
        Step(look.scorecard.name, look_text(look, segment, stage), tones.get(look.why, "passed")) for look in found
    )
