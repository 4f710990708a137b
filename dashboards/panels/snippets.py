"""Lines to paste that push a first event, by kind of source and language; text in, text out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Source

KIND = Source.Kind
PLACEHOLDER = "hs_…"
PERSON = '"ivo@example.com"'
LABELS = {
    "curl": "curl", "python": "Python", "node": "Node",
    "rudder-python": "Rudder Python", "rudder-node": "Rudder Node",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What is filled in: the address under which we are reached, the key, and an account as a literal, which reads
    alike in JSON, Python and JavaScript; and seconds since 1970."""

    base: str
    key: str
    account: str
    now: int


@dataclass(frozen=True)
class Snippet:
    """Some lines in a language."""

    language: str
    label: str
    text: str


def snippets(kind: str, base: str, key: str, account: str, now: datetime) -> tuple[Snippet, ...]:
    """The lines of a kind of source; they name an account that exists. None where nothing is pushed with a key."""
    told = Told(base, key or PLACEHOLDER, json.dumps(account, ensure_ascii=False), int(now.timestamp()))
    return tuple(Snippet(name, LABELS[name], write(told)) for name, write in TEXTS.get(kind, {}).items())


def _curl(address: str, how: str, body: str) -> str:
    json_type = '-H "Content-Type: application/json"'
    return " \\\n  ".join(filter(None, (f"curl {address}", how, json_type, f"-d {shlex.quote(body)}")))


# Our API


def _rest_curl(told: Told) -> str:
    body = f'{{"events": [{{"name": "login",\n    "account": {told.account},\n    "contact": {PERSON}}}]}}'
    return _curl(f"{told.base}/api/v1/events", f'-H "Authorization: Bearer {told.key}"', body)


def _rest_python(told: Told) -> str:
    return f"""import requests

requests.post(
    "{told.base}/api/v1/events",
    headers={{"Authorization": "Bearer {told.key}"}},
    json={{"events": [{{"name": "login",
        "account": {told.account}, "contact": {PERSON}}}]}},
).raise_for_status()"""


def _rest_node(told: Told) -> str:
    return f"""const answer = await fetch("{told.base}/api/v1/events", {{
  method: "POST",
  headers: {{
    "Authorization": "Bearer {told.key}",
    "Content-Type": "application/json",
  }},
  body: JSON.stringify({{ events: [{{ name: "login",
    account: {told.account}, contact: {PERSON} }}] }}),
}})
console.log(await answer.json())"""


# Client libraries, as they are


def _segment_curl(told: Told) -> str:
    body = f'{{"event": "login",\n    "userId": {PERSON},\n    "context": {{"groupId": {told.account}}}}}'
    return _curl(f"{told.base}/v1/track", f'-u "{told.key}:"', body)


def _segment_python(told: Told) -> str:
    return f"""# pip install segment-analytics-python
import segment.analytics as analytics

analytics.write_key = "{told.key}"
analytics.host = "{told.base}"

analytics.group({PERSON}, {told.account})
analytics.track({PERSON}, "login")
analytics.flush()"""


def _segment_node(told: Told) -> str:
    return f"""// npm install @segment/analytics-node
import {{ Analytics }} from "@segment/analytics-node"

const analytics = new Analytics({{
  writeKey: "{told.key}",
  host: "{told.base}",
}})
analytics.group({{ userId: {PERSON}, groupId: {told.account} }})
analytics.track({{ userId: {PERSON}, event: "login" }})
await analytics.closeAndFlush()"""


def _rudder_python(told: Told) -> str:
    return f"""# pip install rudder-sdk-python
import rudderstack.analytics as analytics

analytics.write_key = "{told.key}"
analytics.dataPlaneUrl = "{told.base}"

analytics.group({PERSON}, {told.account})
analytics.track({PERSON}, "login")
analytics.flush()"""


def _rudder_node(told: Told) -> str:
    return f"""// npm install @rudderstack/rudder-sdk-node
const Analytics = require("@rudderstack/rudder-sdk-node")

const analytics = new Analytics("{told.key}", {{
  dataPlaneUrl: "{told.base}",
}})
analytics.group({{ userId: {PERSON}, groupId: {told.account} }})
analytics.track({{ userId: {PERSON}, event: "login" }})
analytics.flush()"""


def _posthog_curl(told: Told) -> str:
    groups = f'"properties": {{"$groups": {{"company": {told.account}}}}}'
    one = f'{{"event": "login", "distinct_id": {PERSON},\n    {groups}}}'
    return _curl(f"{told.base}/batch/", "", f'{{"api_key": "{told.key}",\n    "batch": [{one}]}}')


def _posthog_python(told: Told) -> str:
    return f"""# pip install posthog
from posthog import Posthog

posthog = Posthog("{told.key}", host="{told.base}")
posthog.capture(
    "login",
    distinct_id={PERSON},
    groups={{"company": {told.account}}},
)
posthog.shutdown()"""


# Calls that are there already


def _totango_curl(told: Told) -> str:
    said = (f"sdr_s={told.key}", f"sdr_o={json.loads(told.account)}", "sdr_u=ivo@example.com", "sdr_a=login")
    fields = " \\\n  ".join(f"--data-urlencode {shlex.quote(each)}" for each in said)
    return f"curl {told.base}/pixel.gif \\\n  -o pixel.gif -w '%{{http_code}}\\n' \\\n  {fields}"


def _custify_curl(told: Told) -> str:
    body = f'{{"name": "login", "user_id": {PERSON},\n    "company_id": {told.account}}}'
    return _curl(f"{told.base}/custify/event", f'-H "Authorization: Bearer {told.key}"', body)


def _pendo_curl(told: Told) -> str:
    who = f'"visitorId": {PERSON}, "accountId": {told.account}'
    body = f'{{"type": "track", "event": "login",\n    {who}, "timestamp": {told.now}000}}'
    return _curl(f"{told.base}/data/track", f'-H "x-pendo-integration-key: {told.key}"', body)


def _vitally_curl(told: Told) -> str:
    body = f'{{"userId": {PERSON}, "accountId": {told.account},\n    "event": "login", "properties": {{}}}}'
    return _curl(f"{told.base}/analytics/v1/track", f'-H "Authorization: Basic {told.key}"', body)


# Signed webhooks


def signed_curl(address: str, secret: str, body: str, content_type: str) -> str:
    """A body with its signature, as any sender may sign it."""
    return f"""body={shlex.quote(body)}
signature=$(printf %s "$body" | openssl dgst -sha256 -hmac '{secret or "whsec_…"}' | sed 's/.*= *//')
curl {address} \\
  -H "Content-Type: {content_type}" \\
  -H "X-Hub-Signature-256: sha256=$signature" -d "$body\""""


TEXTS: dict[str, dict[str, Callable[[Told], str]]] = {
    KIND.REST: {"curl": _rest_curl, "python": _rest_python, "node": _rest_node},
    KIND.SEGMENT: {
        "python": _segment_python,
        "node": _segment_node,
        "curl": _segment_curl,
        "rudder-python": _rudder_python,
        "rudder-node": _rudder_node,
    },
    KIND.POSTHOG: {"python": _posthog_python, "curl": _posthog_curl},
    KIND.TOTANGO: {"curl": _totango_curl},
    KIND.CUSTIFY: {"curl": _custify_curl},
    KIND.PENDO: {"curl": _pendo_curl},
    KIND.VITALLY: {"curl": _vitally_curl},
}
