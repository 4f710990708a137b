"""What the page of records is asked for: a measure, one day or two, which records, from which page on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from accounts.models import Account
from dashboards.addresses import address
from dashboards.panels.filters import bad, day_of, page_number
from metrics.evidence import Mark


@dataclass(frozen=True)
class Asked:
    """Without `last` it is the day of the account's standing; without `first` only the records of that day."""

    first: date | None = None
    last: date | None = None
    mark: str = ""
    page: int = 1

    def but(self, **changes: Any) -> Asked:
        """The same with something else; a change of anything begins at the first page."""
        return replace(self, **({"page": 1} | changes))

    def address(self, url: str) -> str:
        """The page's address with what is not as by default."""
        days = [("from", self.first), ("to", self.last)]
        pairs = [*days, ("mark", self.mark), ("page", self.page if self.page > 1 else "")]
        query = urlencode([(name, str(value)) for name, value in pairs if value])
        return f"{url}?{query}" if query else url


def read(asked: QueryDict) -> Asked:
    """What an address asks for. Raises FilterError."""
    mark = asked.get("mark", "")
    if mark and mark not in list(Mark):
        raise bad("mark", mark)
    first, last = day_of(asked, "from"), day_of(asked, "to")
    if first and last and first >= last:
        raise bad("from", str(first))
    return Asked(first, last, mark, page_number(asked.get("page") or "1"))


def evidence_url(account: Account, measure: str, first: date | None = None, last: date | None = None) -> str:
    """The records behind a measure's value, on the last of two days or between them."""
    # The addresses of a page's measures differ in their ends alone.
    url = address("evidence", account.workspace.slug, account.pk, "-").removesuffix("-") + measure
    return Asked(first, last).address(url)
