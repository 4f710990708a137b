"""Among which values a line ranks: those of its scorecard's accounts, as they were fixed for a night."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import numpy as np
from django.db.models import BinaryField, F, Func

from metrics.formulas.scoring import Floats
from metrics.models import Rank, Run

Ranks = dict[int, dict[int, Floats]]
# How PostgreSQL sends an array: a head, then each number with its length before it.
HEAD, NUMBER = 20, np.dtype([("bytes", ">i4"), ("value", ">f8")])


def ranks_of(run: Run) -> Ranks:
    """Sorted values by version and position of the line, as they were last fixed for the run."""
    reads = run.state == Run.State.READINGS
    return _ranks(run.workspace_id, run.pk, run.opened_at, run.steered_at, reads) if run.pk else {}


# They are as long as there are accounts, and every shard needs them. While an attempt still reads, those of the one
# before it stand. A version that takes over by day brings its own.
@lru_cache(maxsize=4)
def _ranks(workspace_id: int, run_id: int, opened_at: datetime, steered_at: datetime | None, before: bool) -> Ranks:
    sent = Func(F("values"), function="array_send", output_field=BinaryField())
    rows = Rank.objects.of(workspace_id).filter(run_id=run_id).values_list("version_id", "position", sent)
    ranks: Ranks = {}
    for version, position, values in rows:
        ranks.setdefault(version, {})[position] = _floats(bytes(values))
    return ranks


def _floats(sent: bytes) -> Floats:
    return np.frombuffer(sent[HEAD:], NUMBER)["value"].astype(np.float64)
