"""Asking for KPIs of June 2025, Acme's last month; DAY, its last day, is the newest finished one."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts.models import Workspace
from metrics.kpis.answers import Answer, Book, Question, answer
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Scope
from metrics.models import PeriodKind, ScopeKind
from metrics.registry import KPIS
from tests.metrics.cases import DAY


def question(workspace: Workspace, kind: str = "month", on: date = DAY, known: date = DAY) -> Question:
    """The period in which `on` lies; running where DAY is not yet its end."""
    return Question(Book(workspace, known), Period.of(workspace, PeriodKind(kind), on, known))


def ask(workspace: Workspace, key: str, scope: Scope = WHOLE, **more: Any) -> Answer:
    """One KPI of one scope."""
    found = question(workspace, **more)
    return answer(KPIS[key], found.dealt(KPIS[key].records).get(scope, []))


def values(workspace: Workspace, *keys: str, scope: Scope = WHOLE, **more: Any) -> list[Any]:
    """Several KPIs of one scope."""
    found = question(workspace, **more)
    return [answer(KPIS[key], found.dealt(KPIS[key].records).get(scope, [])).value for key in keys]


def csm(member: Any) -> Scope:
    return Scope(ScopeKind.CSM, str(member.pk))
