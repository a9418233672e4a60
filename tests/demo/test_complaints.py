from streams.demo import complaints
from streams.demo.complaints import Complaint


def test_all_rows_of_the_slice_come_in_order_of_their_days() -> None:
    days = list(complaints.days())
    rows = [row for _, of_day in days for row in of_day]

    assert [row.number for row in rows] == list(range(1, complaints.ROWS + 1))
    assert [day for day, _ in days] == sorted({row.day for row in rows})
    assert (days[0][0], days[-1][0]) == (complaints.FIRST, complaints.LAST)


def test_the_first_row_is_that_of_the_source() -> None:
    _, first = next(complaints.days())
    assert first[0] == Complaint(
        number=1,
        day=complaints.FIRST,
        product="Credit reporting",
        issue="Incorrect information on credit report",
        company="EQUIFAX, INC.",
        region="TX",
        channel="Web",
    )


def test_the_suit_against_navient_is_in_it() -> None:
    counts = {
        day.isoformat(): sum(row.company.startswith("Navient") for row in rows)
        for day, rows in complaints.days()
    }
    assert [counts[f"2017-01-{day}"] for day in (18, 19, 20, 21)] == [24, 364, 377, 95]
