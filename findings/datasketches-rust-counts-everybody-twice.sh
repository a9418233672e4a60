#!/usr/bin/env bash
# datasketches 0.6.0 (Apache DataSketches for Rust), datasketches 5.2.0 for Python. Needs Rust.
# One would think: sketches of one project, whose bytes each language reads, count a customer that
# two of them saw once.
# What happens: Rust's `update("customer-7")` hashes the text as Rust hashes texts, with a byte behind
# it, and Python (C++, as Java) the text alone. The sketch is read without an error, its estimate is
# right, and the union of two sketches of the same thousand customers is two thousand. Rust's
# `raw_bytes::from_str` is what the others do: apache/datasketches-rust#111 and #118.
. "$(dirname "$0")/lib/finding.sh"
install datasketches==5.2.0
mkdir "$folder/src"
cat >"$folder/Cargo.toml" <<'END'
[package]
name = "count"
version = "0.1.0"
edition = "2021"

[dependencies]
datasketches = { version = "=0.6.0", features = ["hll", "theta"] }

[profile.dev]
debug = false
END
cat >"$folder/src/main.rs" <<'END'
use datasketches::hash::value::raw_bytes;
use datasketches::hll::{HllSketch, HllType};
use datasketches::theta::ThetaSketchBuilder;

fn main() {
    let mut texts = HllSketch::new(12, HllType::Hll8).unwrap();
    let mut bytes = HllSketch::new(12, HllType::Hll8).unwrap();
    let mut theta = ThetaSketchBuilder::default().build().unwrap();
    for number in 0..1000 {
        let customer = format!("customer-{number}");
        texts.update(customer.as_str());
        bytes.update(raw_bytes::from_str(&customer));
        theta.update(customer.as_str());
    }
    std::fs::write("texts.hll", texts.serialize()).unwrap();
    std::fs::write("bytes.hll", bytes.serialize()).unwrap();
    std::fs::write("texts.theta", theta.compact(true).serialize()).unwrap();
}
END
(cd "$folder" && cargo run --quiet --target-dir target >cargo.log 2>&1) ||
    { cat "$folder/cargo.log" >&2 && changed "cannot build with datasketches 0.6.0"; }
run - <<'END'
import pathlib

from datasketches import compact_theta_sketch, hll_sketch, hll_union, theta_union, update_theta_sketch
from noted import noted

CUSTOMERS = [f"customer-{number}" for number in range(1000)]


def about(estimate):
    return round(estimate, -2)


def filled(sketch):
    for customer in CUSTOMERS:
        sketch.update(customer)
    return sketch


def together(*sketches, by):
    for each in sketches:
        by.update(each)
    return about(by.get_result().get_estimate())


ours = filled(hll_sketch(12))
texts = hll_sketch.deserialize(pathlib.Path("texts.hll").read_bytes())
raw = hll_sketch.deserialize(pathlib.Path("bytes.hll").read_bytes())
noted("Python's HLL of 1000 customers is about", 1000, about(ours.get_estimate()))
noted("Rust's of the same, read by Python", 1000, about(texts.get_estimate()))
noted("their union", 2000, together(ours, texts, by=hll_union(12)))
noted("with Rust's by raw_bytes", 1000, together(ours, raw, by=hll_union(12)))
theta = compact_theta_sketch.deserialize(pathlib.Path("texts.theta").read_bytes())
noted(
    "the union of two thetas",
    2000,
    together(filled(update_theta_sketch(12)), theta, by=theta_union(12)),
)
END
seen "a customer that Rust and Python saw is two, unless Rust counts raw_bytes"
