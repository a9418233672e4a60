"""The page of customers: the lists, and one by its id."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from console_bed import recorded

from schemas.topics import CUSTOMERS

if TYPE_CHECKING:
    from console_bed import Bed


@pytest.mark.parametrize("role", ["leader", "viewer"])
@pytest.mark.parametrize("which", ["biggest", "at_risk", "lost"])
def test_a_list_of_customers_says_how_many_there_are_and_has_them_all(
    bed: Bed, role: str, which: str
) -> None:
    path, found, firsts = f"/customers?list={which}&currency=USD", [], set()
    with bed.client(role) as client:
        while path:
            page = client.get(path).text
            found += re.findall(r'<th scope="row"><a href="/customers/([^"]+)"', page)
            firsts |= set(re.findall(r": ([\d,]+) customers, (.+) a month together", page))
            more = re.search(r'<a href="([^"]+)">the next 50</a>', page)
            path = html.unescape(more[1]) if more else ""
    [(many, _)] = firsts  # the same on each page
    assert len(found) == len(set(found)) == int(many.replace(",", ""))


def test_a_customer_is_found_by_the_whole_id(bed: Bed) -> None:
    name = next(key.decode() for key, _ in recorded()[CUSTOMERS])
    with bed.client("frontline") as client:
        found = client.get("/customers", params={"q": name})
        assert (found.status_code, found.headers["location"]) == (303, f"/customers/{name}")
        assert name in client.get(found.headers["location"]).text
        missing = client.get("/customers", params={"q": "<script>nobody"})
        assert "There is no customer &lt;script&gt;nobody" in missing.text
