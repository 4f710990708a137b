"""What a reader can press on the page of comments: chips, periods, the drawer of filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from accounts.models import Workspace
from dashboards.panels.choices import Choices, select
from dashboards.panels.feedback.asked import PERIODS, Asked
from dashboards.panels.feedback.words import BANDS, kinds
from dashboards.panels.filters import ALL
from dashboards.panels.lists import Link, Select
from dashboards.templatetags.figures import day

Address = Callable[[Asked], str]


def chips_of(
    asked: Asked, default: Asked, address: Address, selects: tuple[Select, ...], account: str
) -> tuple[Link, ...]:
    """Scores and marks, then one for each other choice, which takes it back."""
    labels = {
        "low": _("Low scores"), "middle": _("Middle"), "high": _("High"), "unusual": _("Unusual"),
        "open": _("Open complaints"), "silent": _("Without words as well"),
    }  # fmt: skip
    chips = [Link(_("All"), address(asked.but(show=())), here=not asked.show)]
    for name, label in labels.items():
        chips.append(Link(label, address(asked.toggled(name)), name in asked.show, band=BANDS.get(name, "")))
    taken = [*_chosen(default, selects), *_told(asked, account)]
    return (*chips, *(Link(label, address(asked.but(**but)), here=True, closes=True) for label, but in taken))


def _chosen(default: Asked, selects: tuple[Select, ...]) -> Iterator[tuple[str, dict[str, object]]]:
    """What is chosen in the drawer: in words, and the change that takes it back."""
    for each in selects:
        usual = getattr(default, each.name)
        for value, label, here in each.options:
            if here and value != usual:
                yield f"{each.label}: {label}", {each.name: usual}


def _told(asked: Asked, account: str) -> list[tuple[str, dict[str, object]]]:
    """What is chosen beside chips and selects, likewise. Around a release other days do not count."""
    told: dict[str, tuple[str, dict[str, object]]] = {
        "account": (_("Account: %(value)s") % {"value": account}, {"account": ""}),
        "name": (_("Account: %(value)s") % {"value": asked.name}, {"name": ""}),
        "theme": (_("Theme: %(value)s") % {"value": asked.theme}, {"theme": ""}),
        "release": (_("Around: %(value)s") % {"value": asked.release}, {"release": ""}),
        "since": (_("From %(day)s") % {"day": day(asked.since)}, {"since": None}),
        "until": (_("Until %(day)s") % {"day": day(asked.until)}, {"until": None}),
    }
    idle = ("since", "until") if asked.release else ()
    return [words for name, words in told.items() if getattr(asked, name) and name not in idle]


def periods_of(asked: Asked, address: Address) -> tuple[Link, ...]:
    """The last days: pressed, they replace a release and days chosen one by one."""
    labels = {"30": _("30 d"), "90": _("90 d"), "365": _("1 y"), ALL: _("All time")}
    is_plain = not (asked.since or asked.until or asked.release)
    plain = asked.but(since=None, until=None, release="")
    return tuple(
        Link(labels[period], address(plain.but(period=period)), here=is_plain and period == asked.period)
        for period in PERIODS
    )


def selects_of(
    workspace: Workspace, asked: Asked, surveys: Mapping[str, str], topics: Sequence[str]
) -> tuple[Select, ...]:
    """CSM, team, segment, stage, kind, survey, topic. Four queries."""
    everything = ("", _("All"))
    return (
        *Choices(workspace, "", asked.book, asked.book).selects,
        select("kind", _("Kind"), [everything, *kinds()], asked.kind),
        select("survey", _("Survey"), [everything, *surveys.items()], asked.survey),
        select("topic", _("Topic"), [everything, *((topic, topic) for topic in topics)], asked.topic),
    )
