#!/usr/bin/env bash
# faust-streaming 0.15.3.
# One would think: a Record with validation=True refuses what is not of its type, and a Decimal is read
# as it stands in the message.
# What happens: it makes an int of it: "12" is 12, 1.9 is 1, true is 1. A Decimal that stands as a JSON
# number has been a float before: 1.10 has 52 digits. Without validation the string stays a string, and
# a field that the class does not have becomes an attribute all the same. What is written has a member
# __faust with the name of the Python class.
. "$(dirname "$0")/lib/finding.sh"
install faust-streaming==0.15.3
run - <<'END'
import json
from decimal import Decimal
import faust
from noted import noted


class Checked(faust.Record, serializer="json", validation=True):
    amount: int


class Money(faust.Record, serializer="json", coerce=True):
    amount: Decimal


class Plain(faust.Record, serializer="json", namespace="plain"):
    amount: int


for written, expected in (("12", 12), ('"12"', 12), ("1.9", 1), ("true", 1)):
    found = Checked.loads(f'{{"amount": {written}}}'.encode())
    noted(f"checked, {written}", (expected, True), (found.amount, found.is_valid()))
noted("money, 1.10", 52, len(Money.loads(b'{"amount": 1.10}').amount.as_tuple().digits))
noted('money, "1.10"', Decimal("1.10"), Money.loads(b'{"amount": "1.10"}').amount)
found = Plain.loads(b'{"amount": "12", "other": 1}')
noted("plain, and a field more", ("12", 1), (found.amount, found.other))
noted("written", {"amount": 3, "__faust": {"ns": "plain"}}, json.loads(Plain(amount=3).dumps()))
END
seen "a checked int takes \"12\", 1.9 and true"
