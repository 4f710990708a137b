"""What `/api/v1/scorecards` and the back-tests below it take and answer, for the OpenAPI document, with examples that
the tests send."""

from __future__ import annotations

from typing import Any

from accounts.api.openapi.operations import PAGED, SENT, Answer, Operation, Operations, link, parameter
from accounts.api.openapi.shapes import MOMENT, TEXT, Schema, closed, listed, ref
from metrics.api.shapes import DAY, said
from metrics.backtest.panel import MOST_DAYS
from metrics.models import Backtest, Scorecard
from metrics.models.backtest import HORIZON, LAG

INTEGER: Schema = {"type": "integer"}
OR_NONE: Schema = {"type": ["integer", "null"]}
SCORECARD = closed(
    id=INTEGER,
    name=TEXT,
    kind={"enum": Scorecard.Kind.values},
    position=said("An account gets the first, by position, that fits it", INTEGER),
    segments=said("Empty: all", listed(TEXT)),
    stages=said("Empty: all", listed(TEXT)),
    version=said("The newest that is published", OR_NONE),
    draft=said("The number of the draft", OR_NONE),
)
BACKTEST = closed(
    id=INTEGER,
    scorecard=INTEGER,
    version=INTEGER,
    state={"enum": Backtest.State.values},
    lag=said("Days after the day in which a loss is too late to be told", INTEGER),
    horizon=said("Days after the lag in which a loss counts", INTEGER),
    known_day=said("What came of it is as known at the end of this day", DAY),
    ended_on=said("Where the data end", {"type": ["string", "null"], "format": "date"}),
    error=said("Why it failed", TEXT),
    inputs=said("Digest of all that was read", TEXT),
    digest=said("Digest of the result: the same again is the same to the byte", TEXT),
    result=said("What it says; nothing while it runs", {"type": ["object", "null"]}),
    began_at=MOMENT,
    updated_at=said("The clock of `updated_since`", MOMENT),
)
SCHEMAS: dict[str, Schema] = {"Scorecard": SCORECARD, "Backtest": BACKTEST}
DAYS: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_DAYS}
BODY: Schema = {
    "type": "object",
    "properties": {
        "version": said("Its number, that of a draft as well; the newest published unless told", INTEGER),
        "lag": {**DAYS, "minimum": 0, "default": LAG},
        "horizon": {**DAYS, "default": HORIZON},
    },
    "additionalProperties": False,
}
ONE: dict[str, Any] = {
    "id": 1,
    "name": "Default",
    "kind": "weighted",
    "position": 100,
    "segments": [],
    "stages": [],
    "version": 1,
    "draft": None,
}
EXAMPLE: dict[str, Any] = {
    "id": 1,
    "scorecard": 1,
    "version": 1,
    "state": "waiting",
    "lag": 14,
    "horizon": 90,
    "known_day": "2026-06-01",
    "ended_on": None,
    "error": "",
    "inputs": "",
    "digest": "",
    "result": None,
    "began_at": "2026-06-02T09:00:00Z",
    "updated_at": "2026-06-02T09:00:20Z",
}
AT = parameter("path", "scorecard", "Its id, as `/scorecards` has it", INTEGER, 1)


def scorecard_operations() -> Operations:
    """Of `/scorecards`."""
    several = closed(results=listed(ref("Scorecard")))
    shown = Answer("All of them, in the order in which accounts look for theirs", several, {"results": [ONE]})
    return {"GET": Operation("List scorecards", {200: shown})}


def backtest_operations() -> Operations:
    """Of `/scorecards/{scorecard}/backtests`."""
    pages = closed(results=listed(ref("Backtest")), next={"type": ["string", "null"], "format": "uri"})
    shown = Answer("A page, oldest change first", pages, {"results": [EXAMPLE], "next": None})
    return {
        "GET": Operation("List back-tests", {200: shown}, (AT, *PAGED), refusals=(400, 404)),
        "POST": Operation(
            "Begin a back-test: workers do it, and it says so when it is done",
            {202: Answer("What was begun, or what runs already", ref("Backtest"), EXAMPLE)},
            (AT, link("idempotency_key"), link("content_encoding")),
            BODY,
            {"horizon": 90},
            (404, *SENT),
        ),
    }
