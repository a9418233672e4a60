"""Options that spare people the preparation of a file, and what is never wrong in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from streams.load.dialect import Dialect
from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.mapping import words
from streams.load.model import Options
from streams.load.selected import conditions

Write = Callable[..., Path]
Read = Callable[..., list[dict[str, object]]]


def test_words_of_the_file_are_put_in_the_place_of_others(write: Write, read: Read) -> None:
    file = write("occurred_at,severity,product", "2024-03-01,Urgent,None", "2024-03-01,low,a=b")
    values = words(["severity:urgent=critical", "product:None=", "product:a=b=c"])
    first, second = read(file, values=values, spread="none")
    assert first["severity"] == "critical"
    assert "product" not in first
    assert second["product"] == "c"
    with pytest.raises(LoadError, match="--value"):
        words(["severity=critical"])


def test_rows_that_do_not_meet_the_conditions_are_left_out_and_counted(
    write: Write, read: Read
) -> None:
    rows = ("2024-03-01,CA,x", "2024-03-02,NY,x", "2024-03-03,CA,y", "soon,CA,x")
    file = write("occurred_at,state,kind", *rows)
    where = conditions(["state=CA", "kind!=y"])
    loading = Loading(file, "complaints", Options(where=where))
    list(loading.batches())
    assert (loading.rows, loading.left_out) == (2, 2)
    assert [example.row for example in loading.report.examples] == [4]
    assert len(read(file, where=conditions(["state=CA", "state=NY"]))) == 4
    assert len(read(file, where=conditions(["2=NY"]))) == 1
    with pytest.raises(LoadError, match="no row of the file meets"):
        Loading(file, "complaints", Options(where=conditions(["state=TX"])))
    with pytest.raises(LoadError, match="no column 'stat'; did you mean 'state'"):
        Loading(file, "complaints", Options(where=conditions(["stat=TX"])))


def test_columns_are_named_by_numbers_or_by_hand_where_there_is_no_header(
    write: Write, read: Read
) -> None:
    file = write("2024-03-01,Loan,CA", "2024-03-02,Card,NY")
    by_number = read(
        file, mapping={"occurred_at": "1", "product": "2"}, dialect=Dialect(numbered=1)
    )
    by_name = read(file, dialect=Dialect(columns=("occurred_at", "product")))
    assert by_number == by_name
    assert [event["product"] for event in by_name] == ["Loan", "Card"]
    with pytest.raises(LoadError, match=r"looks like a row: where a file has none.*--columns"):
        read(file, mapping={"occurred_at": "date"})
    with_header = write("when,what", "2024-03-01,Loan")
    dialect = Dialect(numbered=1)
    (event,) = read(with_header, mapping={"occurred_at": "1", "product": "2"}, dialect=dialect)
    assert event["product"] == "Loan"


def test_repeated_and_empty_names_of_columns_are_read_by_their_numbers(
    write: Write, read: Read
) -> None:
    file = write("occurred_at,Labels,Labels,", "2024-03-01,x,y,z")
    (event,) = read(file, mapping={"product": "3", "issue": "4"})
    assert (event["product"], event["issue"]) == ("y", "z")
    twice = write("occurred_at,product,product", "2024-03-01,x,y", name="twice.csv")
    assert "product" not in read(twice)[0]
    with pytest.raises(LoadError, match=r"2 columns named 'Labels'.*\(2 or 3\)"):
        read(file, mapping={"product": "Labels"})


def test_lines_before_the_header_are_skipped_or_the_option_is_named(
    write: Write, read: Read
) -> None:
    file = write("Complaint report", "Generated on 2024-03-06", "", "created,type", "2024-03-01,a")
    mapping = {"occurred_at": "created"}
    with pytest.raises(LoadError, match="say --skip-lines 3"):
        read(file, mapping=mapping)
    assert len(read(file, mapping=mapping, dialect=Dialect(skip_lines=3))) == 1


def test_a_quote_that_is_not_closed_swallows_no_row(write: Write, read: Read) -> None:
    cells = ["ok", '"LOUD', "ok", '"a, b"', '"late', "ok"]
    lines = [f"2024-03-{day:02},{cell},p" for day, cell in enumerate(cells, 1)]
    file = write("occurred_at,text,product", *lines)
    texts = [event["text"] for event in read(file)]
    assert texts == ["ok", '"LOUD', "ok", "a, b", '"late', "ok"]
    told = Loading(file, "complaints")
    assert any(
        "2 quotes are opened and not closed, the first in line 3" in w for w in told.warnings
    )


def test_quotes_inside_a_text_may_stand_behind_a_backslash(write: Write, read: Read) -> None:
    lines = [r'2024-03-01,"he said \"no, thanks\"",a', r'2024-03-02,"ends with \"no\"",a']
    file = write("occurred_at,text,product", *lines, "2024-03-03,ok,a")
    texts = [event["text"] for event in read(file)]
    assert texts == ['he said "no, thanks"', 'ends with "no"', "ok"]
    assert not Loading(file, "complaints").warnings


def test_customers_whose_ids_were_rounded_are_warned_of(write: Write) -> None:
    loading = Loading(write("occurred_at,customer_id", "2024-03-01,1.2E+11"), "complaints")
    list(loading.batches())
    (warning,) = loading.report.warnings
    assert "customer_id has 1.2E+11: a spreadsheet rounded it" in warning


def test_a_text_over_several_lines_stays_one(write: Write, read: Read) -> None:
    file = write("occurred_at,text", '2024-03-01,"one', "two, or", 'three"', "2024-03-02,x")
    assert [event["text"] for event in read(file)] == ["one\ntwo, or\nthree", "x"]
    assert not Loading(file, "complaints").warnings


def test_bytes_that_are_no_utf8_cost_no_event_in_an_optional_field(
    write: Write, read: Read
) -> None:
    file = write("occurred_at,product", b"2024-03-01,Caf\xe9")
    assert [event["product"] for event in read(file)] == ["Caf\u00e9"]


def test_quotes_are_characters_where_there_is_no_quoting(write: Write, read: Read) -> None:
    file = write("occurred_at,text", '2024-03-01,"a"', '2024-03-02,"b')
    texts = [event["text"] for event in read(file, dialect=Dialect(quoting="none"))]
    assert texts == ['"a"', '"b']


def test_a_row_with_an_empty_cell_too_many_is_a_row_and_others_are_told_in_words(
    write: Write,
) -> None:
    file = write("occurred_at,product", "2024-03-01,a,", "2024-03-01,a,b")
    loading = Loading(file, "complaints")
    list(loading.batches())
    (example,) = loading.report.examples
    assert (example.row, example.detail[:41]) == (2, "3 cells where the file has 2 columns: doe")


def test_a_row_that_is_nested_too_deep_costs_only_itself(write: Write) -> None:
    deep = "[" * 2_000 + "]" * 2_000
    good = '{"occurred_at":"2024-03-01","product":"a"}'
    file = write(good, f'[{{"product":{deep}}}]', f'{{"product":{deep}}}', good)
    loading = Loading(file, "complaints")
    assert sum(map(len, loading.batches())) == loading.report.rows == 4
    assert [one.row for one in loading.report.examples] == [2, 3]


def test_ids_that_are_none_are_not_used_without_a_word(write: Write, read: Read) -> None:
    lines = [f"5.7E+17,2024-03-01T10:0{n}" for n in range(3)]
    rounded = write("event_id,occurred_at", *lines, name="rounded.csv")
    lines = [f"7,2024-03-01T10:0{n}" for n in range(8)]
    alike = write("event_id,occurred_at", *lines, name="alike.csv")
    for file, count in ((rounded, 3), (alike, 8)):
        loading = Loading(file, "complaints")
        assert any("column 'event_id' has no event ids" in one for one in loading.warnings)
        assert len({event["event_id"] for event in read(file)}) == count
        assert len({event["event_id"] for event in read(file, keep_ids=True)}) == 1
    good = write("event_id,occurred_at", "a,2024-03-01", "b,2024-03-02", "b,2024-03-02")
    assert not Loading(good, "complaints").warnings


def test_one_time_may_be_given_for_all_rows(write: Write, read: Read) -> None:
    file = write("customer_id,value_lost", "c1,100", "c2,200")
    constants = {"occurred_at": "2024-01-01", "currency": "usd"}
    events = read(file, "cancellations", constants=constants)
    assert [event["occurred_at"] for event in events] == [
        "2024-01-01T06:00:00Z",
        "2024-01-01T18:00:00Z",
    ]
    assert {event["currency"] for event in events} == {"USD"}
    with pytest.raises(LoadError, match="this is no time"):
        read(file, "cancellations", constants={**constants, "occurred_at": "soon"})


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (json.dumps([{"when": "2024-03-01", "tags": ["a"]}]), "JSON"),
        (
            json.dumps({"data": [{"when": "2024-03-01", "tags": ["a"]}]}, indent=2),
            "JSON, the rows are data",
        ),
        (json.dumps({"data": [{"when": "2024-03-01", "tags": ["a"]}]}), "JSON, the rows are data"),
        (json.dumps({"when": "2024-03-01", "tags": ["a"]}, indent=2) * 2, "JSON"),
        (json.dumps({"when": "2024-03-01", "tags": ["a"]}), "JSON lines"),
    ],
)  # fmt: skip
def test_a_json_document_is_read_with_its_lists(
    write: Write, read: Read, content: str, form: str
) -> None:
    file = write(content, name="x.json")
    mapping = {"occurred_at": "when", "product": "tags.0"}
    assert {event["product"] for event in read(file, mapping=mapping)} == {"a"}
    assert Loading(file, "complaints", Options(mapping=mapping)).notes[0] == form


def test_of_several_lists_one_is_chosen_by_its_path(write: Write, read: Read) -> None:
    document = {"users": [{"id": 1}], "deep": {"tickets": [{"occurred_at": "2024-03-01"}]}}
    file = write(json.dumps(document | {"tickets": [{"occurred_at": "2024-03-01"}] * 3}), name="x")
    with pytest.raises(LoadError, match=r"more than one list of objects.*--rows users or --rows"):
        Loading(file, "complaints")
    assert len(read(file, dialect=Dialect(rows="tickets"))) == 3
    assert len(read(file, dialect=Dialect(rows="deep.tickets"))) == 1
    with pytest.raises(LoadError, match="has no 'ticket' there; there is: users, deep, tickets"):
        read(file, dialect=Dialect(rows="ticket"))


def test_a_key_that_comes_late_is_read(write: Write, read: Read) -> None:
    row: dict[str, Any] = {"occurred_at": "2024-03-01T09:00:00Z"}
    lines = [json.dumps(row)] * 1001 + [json.dumps({**row, "firm": "late", "product": "x"})]
    events = read(write(*lines, name="x.json"), mapping={"company": "firm"})
    assert [(event.get("company"), event.get("product")) for event in events[-1:]] == [
        ("late", "x")
    ]


def test_a_long_text_is_cut_and_a_time_to_come_is_refused(write: Write) -> None:
    file = write("occurred_at,text", f"2024-03-01T09:00Z,{'x' * 12_000}", "2107-03-01T09:00Z,y")
    latest = datetime(2024, 6, 1, tzinfo=UTC).timestamp()
    loading = Loading(file, "complaints", Options(latest=latest))
    (batch,) = loading.batches()
    assert len(json.loads(batch[0].value)["text"]) == 10_000
    assert loading.report.mended == {"text cut to 10,000 characters": 1}
    assert loading.report.refused == {"from_the_future": 1}
    first = int(datetime(2024, 3, 1, 9, tzinfo=UTC).timestamp())
    assert loading.counted == (first, first)
