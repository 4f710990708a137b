"""The page of what customers say, for one person and one address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, Feedback, Membership, Release, Role, Survey, SurveyResponse
from dashboards.panels.feedback.asked import Asked
from dashboards.panels.feedback.chips import chips_of, periods_of, selects_of
from dashboards.panels.feedback.compared import Comparison, comparison_of
from dashboards.panels.feedback.items import Item, Known, items_of
from dashboards.panels.feedback.tiles import Tile, tiles_of
from dashboards.panels.filters import ALL, NOBODY, bad
from dashboards.panels.lists import Link, Said, Select, files, way_to_sources
from dashboards.templatetags.figures import days, integer
from metrics.feedback import releases, themes
from metrics.feedback.choice import LEVELS, Choice, Span
from metrics.feedback.totals import Totals, totals_of

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ThemeLink:
    """A theme as a filter, and in words what it rests on."""

    label: str
    url: str
    here: bool
    count: int
    title: str


@dataclass(frozen=True)
class FeedbackPage:
    """All that the page shows. `is_empty`: nobody has ever said anything."""

    title: str
    summary: tuple[Said, ...]
    url: str
    here: str
    today: date
    query: str
    asked: Asked
    hidden: Pairs
    kept: Pairs
    beside_release: Pairs
    chips: tuple[Link, ...]
    periods: tuple[Link, ...]
    selects: tuple[Select, ...]
    tiles: tuple[Tile, ...]
    growing: tuple[ThemeLink, ...]
    growing_why: str
    low: tuple[ThemeLink, ...]
    low_why: str
    comparison: Comparison
    items: tuple[Item, ...]
    newest: str
    older: str
    files: tuple[Link, ...]
    all_time_url: str
    is_empty: bool
    sources_url: str


def default_of(member: Membership) -> Asked:
    """A CSM begins with the own book, everybody else with all accounts."""
    return Asked(csm=str(member.pk) if member.role == Role.CSM else ALL)


def feedback_page(member: Membership, asked: Asked, today: date) -> FeedbackPage:
    """The page. The same number of queries however much was said. Raises FilterError, CursorError."""
    return Builder(member, asked, today).build()


class Builder:
    """Puts the page together; what several parts need is worked out once."""

    def __init__(self, member: Membership, asked: Asked, today: date) -> None:
        self.member, self.workspace = member, member.workspace
        self.asked, self.today = asked, today
        self.default = default_of(member)
        self.url = reverse("feedback", args=[self.workspace.slug])

    def build(self) -> FeedbackPage:
        totals = totals_of(self.choice)
        selects = selects_of(self.workspace, self.asked, self.surveys, self.topics)
        items, after = items_of(self.choice, self.known, self.asked.after, self._both())
        growing = themes.growing(self._since_release().but(theme=""))
        low = themes.of_low_scores(self.choice.but(theme=""))
        return FeedbackPage(
            title=self._title(selects[0]),
            summary=self._summary(totals),
            url=self.url,
            here=self.address(self.asked),
            today=self.today,
            query=self.asked.q,
            asked=self.asked,
            hidden=self._pairs("q"),
            kept=self._pairs("name", "since", "until", *(each.name for each in selects)),
            beside_release=self._pairs("release", "around"),
            chips=chips_of(self.asked, self.default, self.address, selects, self._account_name()),
            periods=periods_of(self.asked, self.address),
            selects=selects,
            tiles=tiles_of(totals),
            growing=tuple(self._theme(each) for each in growing),
            growing_why=self._growing_why(),
            low=tuple(self._theme(each, level=("low",)) for each in low),
            low_why=_("at least twice as often in answers up to 6 of 10 as in those from 9"),
            comparison=comparison_of(self.asked, self.releases, self._around()),
            items=items,
            newest=self.address(self.asked.but()) if self.asked.after else "",
            older=self.address(self.asked.but(after=after)) if after else "",
            files=files(
                lambda form: reverse("feedback-file", args=[self.workspace.slug, form]),
                self.address(self.asked.but()),
            ),
            all_time_url=self.address(self.asked.but(period=ALL, since=None, until=None, release="")),
            is_empty=not items and not self._anything(),
            sources_url=way_to_sources(self.member),
        )

    def address(self, asked: Asked) -> str:
        return asked.address(self.url, self.default)

    def _pairs(self, *but: str) -> Pairs:
        """What a form keeps that asks for something else itself."""
        return tuple(pair for pair in self.asked.but().pairs(self.default) if pair[0] not in but)

    # -- what is chosen

    @cached_property
    def choice(self) -> Choice:
        """The comments asked for; where a release is chosen, those of the days around it."""
        choice = self.asked.choice(self.workspace, self.today)
        if self.release is None:
            return choice
        return choice.but(span=releases.window(self.release, int(self.asked.around), self.today))

    def _since_release(self) -> Choice:
        """What is compared with as many days before: the chosen ones, or those since the release."""
        span = self.choice.span
        if self.release is None or span is None:
            return self.choice
        return self.choice.but(span=Span(self.release.released_on, span.until))

    @cached_property
    def releases(self) -> list[Release]:
        return list(Release.objects.of(self.workspace).current().order_by("-released_on", "feature"))

    @cached_property
    def release(self) -> Release | None:
        """The release that the address names. Raises FilterError."""
        if not self.asked.release:
            return None
        found = next((each for each in self.releases if each.feature == self.asked.release), None)
        if found is None:
            raise bad("release", self.asked.release)
        return found

    @cached_property
    def surveys(self) -> dict[str, str]:
        """The surveys that were answered, key by key, with their names."""
        names = dict(Survey.objects.of(self.workspace).values_list("key", "name"))
        answered = SurveyResponse.objects.of(self.workspace).current().exclude(survey="")
        keys = answered.order_by("survey").values_list("survey", flat=True).distinct()
        return {key: names.get(key, key) for key in keys}

    @cached_property
    def topics(self) -> list[str]:
        rows = Feedback.objects.of(self.workspace).current().exclude(topic="").order_by("topic")
        return list(rows.values_list("topic", flat=True).distinct())

    @cached_property
    def known(self) -> Known:
        whole = Asked(csm=ALL, period=ALL)
        return Known(
            self.workspace,
            self.today,
            self.surveys,
            lambda account: self.address(replace(whole, account=str(account))),
        )

    def _both(self) -> Any:
        if self.release is None:
            return None
        return releases.answered_both(self.choice, self.release, int(self.asked.around), self.today)

    def _around(self) -> Any:
        if self.release is None:
            return None
        return releases.around(self.choice, self.release, int(self.asked.around), self.today)

    def _account_name(self) -> str:
        """Of the account that the address names; a stranger's is not told."""
        if not self.asked.account:
            return ""
        found = Account.objects.of(self.workspace).filter(pk=int(self.asked.account)).values_list("name", flat=True)
        name = found.first()
        if name is None:
            raise bad("account", self.asked.account)
        return str(name)

    def _anything(self) -> bool:
        models = (SurveyResponse, Feedback)
        return any(model.objects.of(self.workspace).current().exists() for model in models)

    # -- words

    def _title(self, csms: Select) -> str:
        if self.asked.csm == ALL:
            return _("Feedback")
        if self.asked.csm == str(self.member.pk):
            return _("Feedback from my accounts")
        if self.asked.csm == NOBODY:
            return _("Feedback from accounts of nobody")
        name = next((label for _value, label, here in csms.options if here), "?")
        return _("Feedback from accounts of %(name)s") % {"name": name}

    def _summary(self, totals: Totals) -> tuple[Said, ...]:
        span = self.choice.span
        when = (
            _("all time") if span is None else days(span.first, span.last, with_year=span.first.year != self.today.year)
        )
        counts = {"n": integer(totals.comments), "accounts": integer(totals.accounts)}
        comments = _("%(n)s comments of %(accounts)s accounts") % counts
        return Said(comments, "kpi-satisfaction.comments"), Said(when)

    def _theme(self, theme: themes.Theme, level: tuple[str, ...] = ()) -> ThemeLink:
        """It leads to the comments that were counted; pressed again, back."""
        marks = tuple(name for name in self.asked.show if name not in LEVELS)
        to = self.asked.but(theme=theme.term, show=(*level, *marks) if level else self.asked.show)
        here, found = self.asked.but() == to, theme.found
        return ThemeLink(
            label=theme.label,
            url=self.address(self.asked.but(theme="", show=marks if level else to.show) if here else to),
            here=here,
            count=found.comments,
            title=_("%(n)s of %(of)s comments, %(accounts)s accounts; on the other side %(other)s of %(other_of)s")
            % {
                "n": integer(found.comments),
                "of": integer(found.of),
                "accounts": integer(found.accounts),
                "other": integer(found.other),
                "other_of": integer(found.other_of),
            },
        )

    def _growing_why(self) -> str:
        span = self._since_release().span
        if span is None:
            return _("choose a period to see what is said more often than before it")
        return _("at least twice as often as in the %(n)s days before") % {"n": integer(span.days)}
