#!/usr/bin/env bash
# jsonschema 4.26.0, jsonschema-rs 0.61.2, fastjsonschema 2.22.3.
# One would think: validators of one draft agree on what a schema accepts.
# What happens: of the prices 0.01 to 99.99 jsonschema refuses 1,363 where `multipleOf` is 0.01, 0.07
# and 0.14 among them, as it divides floats; the other two refuse none. And it takes "USD" with a line
# break behind it for `^[A-Z]{3}$`, which is none in the regular expressions that JSON Schema is
# defined by (ECMA-262); the others refuse that.
. "$(dirname "$0")/lib/finding.sh"
install jsonschema==4.26.0 jsonschema-rs==0.61.2 fastjsonschema==2.22.3
run - <<'END'
import fastjsonschema
import jsonschema
import jsonschema_rs
from noted import noted

DRAFT = "http://json-schema.org/draft-07/schema#"
PRICE = {"$schema": DRAFT, "type": "number", "multipleOf": 0.01}
CURRENCY = {"$schema": DRAFT, "type": "string", "pattern": "^[A-Z]{3}$"}
PRICES = [cents / 100 for cents in range(1, 10_000)]


def fast(schema):
    compiled = fastjsonschema.compile(schema)

    def accepts(value):
        try:
            compiled(value)
        except fastjsonschema.JsonSchemaException:
            return False
        return True

    return accepts


for name, made, refused, line_break in (
    ("jsonschema", lambda schema: jsonschema.Draft7Validator(schema).is_valid, 1_363, True),
    ("jsonschema-rs", lambda schema: jsonschema_rs.validator_for(schema).is_valid, 0, False),
    ("fastjsonschema", fast, 0, False),
):
    accepts = made(PRICE)
    found = [price for price in PRICES if not accepts(price)]
    noted(f"of 9,999 prices refused by {name}", refused, len(found))
    noted("  the first of them", [0.07, 0.14, 0.28] if refused else [], found[:3])
    noted("  'USD\\n' accepted", line_break, made(CURRENCY)("USD\n"))
END
seen "a price of 0.07 is no multiple of 0.01, and a line break is part of a currency"
