"""Payloads of source topics for hypothesis: good events, and what can go wrong with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st
from payload_fields import FIELDS, ID, LABEL, ODD_TIME, REQUIRED, in_json, list_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Members = list[tuple[str, str]]  # name and value, both already JSON

ODD: Final = st.one_of(
    st.sampled_from(
        [
            *["1", "1.0", "1e0", "1e3", "-0", "-0.0", "0.5", "01", "1.", "+1", ".5", "1e999", "-"],
            *["true", "false", "null", "tru", "NaN", "Infinity", "-Infinity", "undefined", ""],
            *["9" * 19, "9" * 30, "-" + "9" * 30, "9" * 400, "9" * 4300, "9" * 4301],
            *["1000000000000000", "1000000000000001", "-1000000000000001", "1201", "0", "-1", "2"],
            *['""', '"5"', '"1"', '"true"', '"null"', '"renewed"', '"Low"', '"low "'],
            *['"USD\\n"', '"USD\\u000a"', '"usd"', '"US"', '"USDX"', '"\\u0055SD"', '"ÉUR"'],
            *['"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\0"', '"\\x"'],
            *["[]", "{}", "[1]", '{"a":1}', "[" * 300 + "]" * 300, '{"a":' * 255 + "1" + "}" * 255],
            *["[" * 255 + "]" * 255, '"' + "[" * 600 + '"', '"' + '\\"{' * 300 + '"', "[" * 5000],
            *['["a"]', '["a",null]', '[""]', '["a",5]', "[null]", json.dumps(["a"] * 11)],
            *['{"event_id":"e"}', '{"event_id":"e","customer_id":"c","occurred_at":5}'],
            *['"a', "[1,]", '{"a":1,}', "'a'", "/**/1", '"2017-01-18T09:30:00Z"'],
        ]
    ),
    st.builds(
        lambda char, size: json.dumps(char * size),
        st.sampled_from("aé\U0001f600\0"),
        st.sampled_from([0, 1, 3, 4, 128, 129, 200, 201, 10_000, 10_001]),
    ),
    in_json(ODD_TIME),
    in_json(st.floats() | st.integers() | st.text(max_size=5)),
)

ODD_OF: Final = {
    "occurred_at": in_json(ODD_TIME),
    "currency": st.sampled_from(
        ['"USD\\n"', '"USD\\u000a"', '"usd"', '"USDX"', '"\\u0055SD"', '"US\\u0000"', '"ÉUR"', '""']
    ),
    "schema_version": st.sampled_from(["1.0", "true", "2", '"1"', "1e0", "9" * 30, "-1", "null"]),
    "effective_at": in_json(ODD_TIME),
    "term_end": in_json(ODD_TIME),
    "reasons": list_of(LABEL | st.sampled_from(['""', "null", "5"]), 11),
    "change": st.sampled_from(['"merged"', '"paid"', '"Merged"', '""']),
    "monthly_value": st.sampled_from(["null", "0", "-1"]),
    "merged_into": st.sampled_from(["null", '"c"', '""']),
    "customer_id": st.sampled_from(["null", '"c"', '""']),
    "topic": st.sampled_from(['"corrections"', '"complaints"', '"metrics.buckets"', "null"]),
    "original": st.sampled_from(["null", "{}", "[]", '{"event_id":"e","customer_id":"c"}']),
    "replacement": st.sampled_from(["null", "{}", "[]", '{"event_id":"e","customer_id":"c"}']),
}
"""What is odd about one field in particular."""
INSIDE: Final = ("original", "replacement")

DEEP: Final = st.builds(
    lambda pair, depth, inner: pair[0] * depth + inner + pair[1] * depth,
    st.sampled_from([("[", "]"), ('{"a":', "}"), ('[{"]":', "}]")]),
    st.sampled_from([127, 128, 254, 255, 256, 300, 5000]),
    st.sampled_from(['"[[["', "1"]),
)

DEEPEST: Final = 3
"""How many corrections are drawn inside one another."""

KINDS: Final = ["replace", "drop", "again", "unknown", "escape", "own", "deep"]
SPACE: Final = st.sampled_from(["", "", "", " ", "\n\t "])


@st.composite
def good(draw: st.DrawFn, topic: str, customer: str | None = None, depth: int = 0) -> Members:
    """Draw the members of an event that must be accepted; `customer`: of this one, as JSON.

    `depth` says how many corrections it stands inside of.
    """
    fields = FIELDS[topic]
    left_out = draw(st.sets(st.sampled_from(sorted(fields.keys() - REQUIRED[topic]))))
    drawn = {name: draw(fields[name]) for name in fields if name not in left_out}
    if customer is not None:
        drawn["customer_id"] = customer
    if topic == "changes":
        _changed(draw, drawn)
    elif topic == "corrections":
        _corrected(draw, drawn, depth)
    return draw(st.permutations([(json.dumps(name), value) for name, value in drawn.items()]))


def _changed(draw: st.DrawFn, drawn: dict[str, str]) -> None:
    """Have the fields of a change fit each other."""
    if drawn["change"] == '"merged"':
        drawn["merged_into"] = draw(ID)
    elif "merged_into" in drawn:
        drawn["merged_into"] = "null"
    amount = "monthly_value", "currency"
    if "null" in [drawn.get(name, "null") for name in amount]:
        drawn |= {name: "null" for name in amount if name in drawn}


def _corrected(draw: st.DrawFn, drawn: dict[str, str], depth: int) -> None:
    """Draw what a correction corrects: events of one topic, and of its own customer."""
    topic = draw(st.sampled_from([*FIELDS][: None if depth < DEEPEST else -1]))
    drawn["topic"] = json.dumps(topic)
    for name in ("original", "replacement"):
        if name == "original" or (name in drawn and draw(st.booleans())):
            members = draw(good(topic, drawn["customer_id"], depth + 1))
            drawn[name] = render(members).decode("utf-8", "surrogatepass")


def render(members: Members, space: str = "") -> bytes:
    """Write members as an object."""
    text = f",{space}".join(f"{space}{name}{space}:{space}{value}" for name, value in members)
    return f"{space}{{{text}{space}}}{space}".encode("utf-8", "surrogatepass")


def _inner(members: Members) -> SearchStrategy[str]:
    """Draw something odd in place of an event inside a correction."""
    topics = [value for name, value in members if name == '"topic"']
    topic = json.loads(topics[0]) if topics and topics[0].startswith('"') else None
    made = mutated(topic if topic in FIELDS else "complaints")
    return made.map(lambda payload: payload.decode("utf-8", "surrogatepass"))


@st.composite
def mutated(draw: st.DrawFn, topic: str) -> bytes:
    """Draw an event with something odd about one or two of its fields, which may yet be good."""
    members = draw(good(topic))
    names = [json.dumps(name) for name in FIELDS[topic]]
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, max(0, len(members) - 1)))
        kind = draw(
            st.sampled_from(["replace", "drop", "again", "unknown", "escape", "own", "deep"])
        )
        if kind == "again" or not members:
            members.insert(at, (draw(st.sampled_from(names)), draw(ODD)))
        elif kind == "replace":
            members[at] = (members[at][0], draw(ODD))
        elif kind == "drop":
            members.pop(at)
        elif kind == "own":
            name = draw(st.sampled_from(sorted(ODD_OF.keys() & FIELDS[topic].keys())))
            odd = draw(ODD_OF[name] | (_inner(members) if name in INSIDE else ODD_OF[name]))
            members = [(n, odd if n == json.dumps(name) else v) for n, v in members]
        elif kind == "deep":
            members.insert(at, (draw(st.sampled_from(['"x"', *names])), draw(DEEP)))
        elif kind == "escape":
            name, value = members[at]
            if name.startswith('"') and len(name) > len('""'):
                members[at] = (f'"\\u{ord(name[1]):04x}{name[2:]}', value)
        else:
            key = draw(st.sampled_from(['"x"', '""', '"Event_id"', '"\\ud800"', "x", '"_"']))
            members.insert(at, (key, draw(ODD)))
    return render(members, draw(SPACE))


@st.composite
def corrupted(draw: st.DrawFn, topic: str) -> bytes:
    """Draw the bytes of a good event, cut off, overwritten, repeated or with bytes put in."""
    payload = render(draw(good(topic)), draw(SPACE))
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(payload))] * 2)))
    junk = draw(
        st.sampled_from([b"", b"\xff", b"\xef\xbb\xbf", b"\0", b"\xed\xa0\x80", b'"', b"\\", b"}"])
        | st.binary(max_size=4)
    )
    return draw(
        st.sampled_from(
            [
                payload[:start],
                payload[:start] + junk + payload[start:],
                payload[:start] + junk + payload[end:],
                junk + payload,
                payload + junk,
                payload[: start + 1] + payload[start:],
            ]
        )
    )


def payloads(topic: str) -> SearchStrategy[bytes]:
    """Draw anything that may come in on `topic`."""
    return st.one_of(
        good(topic).map(render), mutated(topic), corrupted(topic), st.binary(max_size=40)
    )
