"""Words in a file that a field does not take: where they are shown, a person says what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as Posted
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.batch import KEPT
from accounts.importers.cells import kinds_of, reader
from accounts.importers.guess import MADE_UP, required, sort_of
from accounts.importers.mapping import Column, Mapping, MappingError, mapping_text, parse_mapping
from accounts.kinds import KINDS
from accounts.models import Refused, Workspace
from dashboards.panels.uploads.labels import options_of

# Words of one column that can be said; more different days or numbers than these are of another format.
MOST, MOST_READ = 20, 5
LONGEST = 100
# In a word of several lines, which a form does not send as it is, and in what a report has put in place of a mark.
LOST = ("\n", "\r", "\ufffd")
# What the form sends for “leave it empty”; a mapping has an empty text for it.
EMPTY = "(empty)"
Option = tuple[str, str, bool]
# A field, a text in it, and in how many rows.
Seen = tuple[str, str, int]


@dataclass(frozen=True)
class Word:
    """A text of a column, in how many rows it was seen, and what it means. Without options any text will do."""

    place: str
    column: str
    text: str
    count: int
    options: tuple[Option, ...]
    means: str


def words_of(mapping: Mapping, header: list[str], workspace: Workspace, seen: Iterable[Seen]) -> list[Word]:
    """The words that are said already, and those seen that their field does not take, the most frequent first."""
    counts: dict[str, Counter[str]] = {}
    for field, text, count in seen:
        # What is as long as a report keeps it may have been cut.
        if len(text) < KEPT and not any(mark in text for mark in LOST):
            counts.setdefault(field, Counter())[text] += count
    found: list[Word] = []
    for field, column in mapping.fields().items():
        if column.column in header and _can_be_said(mapping.kind, field, column):
            found += _of_column(mapping.kind, field, column, header, _unknown(mapping, field, workspace, counts))
    return found


def seen_in(mapping: Mapping, texts: Posted[str, list[str]]) -> list[Seen]:
    """What stands in the columns of a sample."""
    columns = {field: column.column for field, column in mapping.fields().items()}
    return [(field, *each) for field, name in columns.items() for each in Counter(texts.get(name, ())).items()]


def refused_in(imported: Any, mapping: Mapping) -> list[Seen]:
    """What an import refused of fields whose words can be said, of the rows that are kept. One query."""
    fields = [field for field, column in mapping.fields().items() if _can_be_said(mapping.kind, field, column)]
    rows = Refused.objects.of(imported.workspace_id).filter(imported=imported, result=Refused.Result.REJECTED)
    rows = (
        rows.filter(field__in=fields).exclude(value="").order_by().values_list("field", "value").annotate(n=Count("pk"))
    )
    return list(rows.order_by("-n", "value")[:1_000])


def refused_for(mapping: Mapping, header: list[str], posted: Posted[str, str]) -> Q:
    """The refused rows whose words a form gives a meaning. Raises MappingError where it gives none."""
    found = Q()
    for field, column in mapping.fields().items():
        place = header.index(column.column) if column.column in header else -1
        if words := [word for word, means in said(posted, place).items() if means]:
            found |= Q(field=field, value__in=words)
    if not found:
        raise MappingError(_("Say what a word means first."))
    return found & Q(result=Refused.Result.REJECTED)


def said(posted: Posted[str, str], place: int) -> dict[str, str]:
    """What a form says of the words of a column: word → meaning, nothing where it means nothing any more."""
    found = {}
    for n in range(2 * MOST):
        word, means = posted.get(f"w{place}-{n}"), posted.get(f"m{place}-{n}", "").strip()[:LONGEST]
        if word is not None:
            found[word] = means
    return found


def told(column: Column, words: dict[str, str]) -> Column:
    """A column with what is said of its words; what nobody speaks of stays."""
    values = {word: means for word, means in (column.values | words).items() if word not in words or means}
    values = {word: "" if words.get(word) == EMPTY else means for word, means in values.items()}
    return msgspec.structs.replace(column, values=values)


def with_words(mapping: Mapping, header: list[str], posted: Posted[str, str]) -> Mapping:
    """A mapping with what a form says of the words of its columns. Raises MappingError."""
    columns = dict(mapping.columns)
    for field, column in mapping.fields().items():
        if field in columns and column.column in header:
            columns[field] = told(column, said(posted, header.index(column.column)))
    return parse_mapping(mapping_text(msgspec.structs.replace(mapping, columns=columns, text="")))


def _can_be_said(kind: str, field: str, column: Column) -> bool:
    return not column.lookup and (field == "currency" or bool(_meanings(kind, field)))


def _meanings(kind: str, field: str) -> list[tuple[str, str]]:
    """What a word of a field can mean, where it takes certain words; or that it says nothing."""
    if field not in KINDS[kind].struct.__struct_fields__ or field in MADE_UP or field == "account":
        return []
    words = options_of(kind, field)
    if msgspec.inspect.BoolType in kinds_of(KINDS[kind].struct)[field]:
        words = [("true", _("yes")), ("false", _("no"))]
    if not words and not sort_of(kind, field):
        return []
    return [*words, *([] if field in required(kind) else [(EMPTY, _("leave it empty"))])]


def _unknown(mapping: Mapping, field: str, workspace: Workspace, counts: dict[str, Counter[str]]) -> Counter[str]:
    """The words of a field that it does not take, and how often."""
    struct, column = KINDS[mapping.kind].struct, mapping.fields()[field]
    read, wanted = reader(struct, field, column, workspace), _type_of(struct, field)
    seen = counts.get(field, Counter())
    found = Counter(
        {
            text: count
            for text, count in seen.items()
            if text in column.values or not _takes(wanted, read[text] if read is not None else text)
        }
    )
    strange = [text for text in found if text not in column.values]
    is_another_format = sort_of(mapping.kind, field) and len(strange) > MOST_READ
    return Counter({text: found[text] for text in column.values}) if is_another_format else found


def _type_of(struct: type[msgspec.Struct], field: str) -> Any:
    return next(each.type for each in msgspec.structs.fields(struct) if each.name == field)


def _takes(wanted: Any, value: Any) -> bool:
    try:
        msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError:
        return False
    return True


def _of_column(kind: str, field: str, column: Column, header: list[str], seen: Counter[str]) -> list[Word]:
    place, options = header.index(column.column), _meanings(kind, field)
    texts = list(dict.fromkeys([*[text for text, _n in seen.most_common(MOST)], *list(column.values)[:MOST]]))
    return [_word(f"{place}-{n}", column, text, seen[text], options) for n, text in enumerate(texts)]


def _word(place: str, column: Column, text: str, count: int, options: list[tuple[str, str]]) -> Word:
    means = column.values.get(text)
    chosen = EMPTY if means == "" else means or ""
    known = [("", _("still refused")), *options]
    if means and means not in dict(known):
        known.append((means, means))
    picked = tuple((value, label, value == chosen) for value, label in known) if options else ()
    return Word(place, column.column, text, count, picked, chosen)
