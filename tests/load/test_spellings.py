"""Labels that differ only in how they are written."""

from __future__ import annotations

from streams.load.spellings import key, propose, to_toml


def test_spellings_of_one_name_are_put_together() -> None:
    counts = {"Acme, Inc.": 5, "ACME": 2, "Acme LLC": 1, "A.C.M.E.": 1, "Acme Bank": 9}
    (one,) = propose(counts | {"Version 1.0": 1, "Version 10": 1})
    assert (one.name, dict(one.others)) == (
        "Acme, Inc.",
        {"ACME": 2, "Acme LLC": 1, "A.C.M.E.": 1},
    )
    assert '"ACME" = "Acme, Inc."  # 2' in to_toml("company", [one])
    assert key("Co") == "co"
    assert key("AT&T Corp") == key("AT and T")
