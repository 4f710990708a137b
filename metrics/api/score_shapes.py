"""What `GET /api/v1/scores` and its `explain` take and answer, for the OpenAPI document, with examples that the tests
send."""

from __future__ import annotations

from typing import Any

from accounts.api.openapi.operations import PAGED, Answer, Operation, Operations, parameter
from accounts.api.openapi.shapes import MOMENT, TEXT, Schema, closed, listed, ref
from metrics.api.shapes import DAY, FLAG, NUMBER, said
from metrics.formulas.explaining import Kind

BANDS = ("healthy", "at-risk", "poor", "unscored")
BAND: Schema = {"enum": list(BANDS)}
POINTS: Schema = {"type": "string", "format": "decimal"}
SHARE: Schema = {"type": "number"}
VALUE = said("In the measure's unit; nothing where nothing is known", {"type": ["number", "null"]})

CONTRIBUTION = closed(
    measure=said("Its key", TEXT),
    value=VALUE,
    points=said("0…100, or signed points", {"type": ["number", "null"]}),
    contribution=said("Points that it adds to 50", POINTS),
)
SCORE = closed(
    account=said("Its external id", TEXT),
    name=TEXT,
    day=DAY,
    score=said("0…100 with four digits; nothing where too little is known", NUMBER),
    band=BAND,
    computed_band=said("By thresholds alone", BAND),
    held_band=said("After hysteresis, before caps and a manual band", BAND),
    manual=said("Set by hand", FLAG),
    caps=said("The rules that hold", listed(TEXT)),
    coverage=said("Share of the weight with data", SHARE),
    unknown=said("Share of the weight that counts as neutral", SHARE),
    scorecard=TEXT,
    version={"type": "integer"},
    mrr=NUMBER,
    known_day=said("As known at the end of this day", DAY),
    computed_at=said("When it was worked out", MOMENT),
    published_at=said("When its night was published; the clock of `updated_since`", MOMENT),
    contributions=listed(ref("Contribution")),
)
SIDE = closed(
    value=VALUE,
    points={"type": ["number", "null"]},
    weight=said("Share of the weight of the scorecard", SHARE),
    effective=said("Share at which it counted", SHARE),
    contribution=POINTS,
)
OR_NULL: Schema = {"anyOf": [ref("ScoreSide"), {"type": "null"}]}
PART = closed(
    kind=said("What moved the score", {"enum": [str(kind) for kind in Kind]}),
    measure=said("Its key; empty for what concerns all of them", TEXT),
    points=said("What it did to the score: the parts add up to the difference", POINTS),
    before=OR_NULL,
    after=OR_NULL,
)
END = closed(
    day=DAY,
    score=NUMBER,
    band=BAND,
    coverage=SHARE,
    unknown=SHARE,
    scorecard=TEXT,
    version={"type": "integer"},
    caps=listed(TEXT),
    manual=FLAG,
)
EXPLANATION = closed(
    account=TEXT,
    before=ref("ScoreDay"),
    after=ref("ScoreDay"),
    difference=said("Nothing where one of the days has no score", NUMBER),
    ranks_split=said("Moves of ranks are told apart: own, and those of the others", FLAG),
    parts=listed(ref("ScorePart")),
)
SCHEMAS: dict[str, Schema] = {"Score": SCORE, "Contribution": CONTRIBUTION}
EXPLAIN_SCHEMAS: dict[str, Schema] = {
    "ScoreExplanation": EXPLANATION, "ScoreDay": END, "ScorePart": PART, "ScoreSide": SIDE,
}  # fmt: skip

ACCOUNT = "harbor"
SHARED: dict[str, Any] = {
    "coverage": 1.0, "unknown": 0.0, "scorecard": "Payments", "version": 1, "caps": [], "manual": False,
}  # fmt: skip
EXAMPLE: dict[str, Any] = {
    "account": ACCOUNT,
    "name": "Harbor Ltd",
    "day": "2025-06-30",
    "score": "89.5",
    "band": "healthy",
    "computed_band": "healthy",
    "held_band": "healthy",
    **SHARED,
    "mrr": "100",
    "known_day": "2025-06-30",
    "computed_at": "2025-07-01T03:00:00Z",
    "published_at": "2025-07-01T03:00:04Z",
    "contributions": [
        {"measure": "commercial.days_past_due", "value": 21.0, "points": 89.5, "contribution": "39.5"},
        {"measure": "support.open_severe", "value": 0.0, "points": 100.0, "contribution": "0"},
        {"measure": "support.ticket_rate", "value": 0.0, "points": 100.0, "contribution": "0"},
    ],
}
EXPLAINED: dict[str, Any] = {
    "account": ACCOUNT,
    "before": {"day": "2025-06-23", "score": "93", "band": "healthy", **SHARED},
    "after": {"day": "2025-06-30", "score": "89.5", "band": "healthy", **SHARED},
    "difference": "-3.5",
    "ranks_split": True,
    "parts": [
        {
            "kind": "value",
            "measure": "commercial.days_past_due",
            "points": "-3.5",
            "before": {"value": 14.0, "points": 93.0, "weight": 1.0, "effective": 1.0, "contribution": "43"},
            "after": {"value": 21.0, "points": 89.5, "weight": 1.0, "effective": 1.0, "contribution": "39.5"},
        }
    ],
}
FILTERS = (
    parameter("query", "account", "Those of one account, by its external id", TEXT, ACCOUNT),
    parameter("query", "from", "Scores of this day or later", DAY, EXAMPLE["day"]),
    parameter("query", "to", "Scores of this day or before", DAY),
)
DAYS = (
    parameter("path", "external_id", "The account's id", TEXT | {"minLength": 1}, ACCOUNT),
    parameter("query", "from", "A scored day; without it, seven days before the other", DAY, "2025-06-23"),
    parameter("query", "to", "A scored day, or today; without it, the last one", DAY, "2025-06-30"),
)


def listing() -> Operations:
    """Of `/scores`."""
    pages = closed(results=listed(ref("Score")), next={"type": ["string", "null"], "format": "uri"})
    shown = Answer("A page, the oldest day first", pages, {"results": [EXAMPLE], "next": None})
    return {"GET": Operation("List scores by account and day", {200: shown}, (*PAGED, *FILTERS), refusals=(400,))}


def explaining() -> Operations:
    """Of `/scores/{account}/explain`."""
    shown = Answer("Two days, and the parts that lead from one to the other", ref("ScoreExplanation"), EXPLAINED)
    return {"GET": Operation("Explain why one score became another", {200: shown}, DAYS, refusals=(400, 404))}
