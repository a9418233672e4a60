# Every target does its own set-up: a virtual environment in .venv from the locked requirements.
PYTHON ?= python3
BIN := .venv/bin
# A process that may keep no compiled modules compiles all of ours anew, a fifth of what its start takes.
export PYTHONDONTWRITEBYTECODE :=

SEED ?= 1
MINUTES ?= 3
WORKERS ?= 3
FAST := tests/test_layout.py tests/core tests/schemas tests/load tests/readmodel tests/transport -m "not kafka and not slow"
# Tests are no package: of files of one name mypy takes one at a time, and layouts/ by its import.
CONFTESTS := $(shell find tests -mindepth 2 -name conftest.py)

.PHONY: $(shell awk -F: '/^[a-z-]+:.*\#\# /{print $$1}' $(firstword $(MAKEFILE_LIST)))

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## a virtual environment in .venv, from locked requirements

.venv/installed: requirements.lock pyproject.toml hatch_build.py $(wildcard streams/compiled/*.pyx)
	$(PYTHON) -m venv .venv
	@{ $(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock 2>&1; \
		echo "status $$?"; } | awk -v all="$$(grep -c == requirements.lock)" "$$PROGRESS"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@; echo "installed: $(BIN)/groundswell --help"

# What pip says, in a line for each ten packages; all of it if it fails.
define PROGRESS
{ said = said $$0 "\n" }
/^Collecting / && ++found % 10 == 1 { print "  fetching package " found " of at most " all; fflush() }
/^Installing collected/ { print "  unpacking " found " packages: half a minute or so"; fflush() }
/^status / { if ($$2) print said; exit $$2 }
endef
export PROGRESS

demo: install ## real complaints and simulated customers through a real worker, no Kafka needed
	$(BIN)/groundswell demo $(DEMO_ARGS)

lint: install ## what CI checks before the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests --exclude 'tests/(.+/conftest|core/layouts/.+)\.py'
	@for each in $(CONFTESTS); do $(BIN)/mypy $$each || exit 1; done
	$(BIN)/lint-imports

test: lint suite ## everything, as CI runs it; PYTEST_ARGS narrows the tests

suite: install ## the tests, in WORKERS processes (3: some wait while others count; each may start a Kafka)
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-fast: install ## what needs neither a broker nor Java, in under a minute
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile $(FAST) $(PYTEST_ARGS)

findings: ## what libraries and brokers do that one would not guess: is it still so? needs Java and Maven
	@status=0; for each in findings/*.sh; do echo "$$each"; bash $$each || status=1; done; exit $$status

chaos: install ## workers, broker and network broken by a schedule that SEED decides; needs Java and Maven
	PYTHONPATH=tests/core:tests/kafka $(BIN)/python tests/chaos/bed.py --seed $(SEED) --minutes $(MINUTES) $(CHAOS_ARGS)

cuts: install ## the network cut for 45 s at a commit, CUTS times; needs root on Linux, Java and Maven
	PYTHONPATH=.:tests/core:tests/kafka $(BIN)/python tests/chaos/cuts.py --cuts $(or $(CUTS),6) --seed $(SEED) $(CUTS_ARGS)

chaos-mutations: install ## faults put into a copy of the source, which the test bed must find
	PYTHONPATH=.:tests/core:tests/kafka $(BIN)/python tests/chaos/mutations.py --seed $(SEED) --minutes $(MINUTES) $(MUTATIONS)

late: install ## HELD commits held on their way to Kafka, and delivered late; needs Java and Maven
	HELD=$(or $(HELD),20) $(BIN)/pytest --capture=no tests/broker/test_late_worker.py

upgrade: install ## a worker of an older release (FROM=REVISION) begins, this one goes on; needs Java and Maven
	PYTHONPATH=tests/core:tests/kafka $(BIN)/python tests/chaos/upgrade.py $(FROM) --seed $(SEED) $(UPGRADE_ARGS)

kills: install ## kill -9 in mid-load, KILLS times, over published complaints (DATA); needs Java and Maven
	PYTHONPATH=. $(BIN)/python benchmarks/kills.py $(DATA) --kills $(or $(KILLS),20) $(KILLS_ARGS)

notify-kills: install ## kill -9 of notify, KILLS (200) times by SEED: everybody hears of everything; KAFKA=1: a real one
	PYTHONPATH=.:tests/kafka:tests/notify $(BIN)/python tests/notify/kills.py --kills $(or $(KILLS),200) \
		--seed $(SEED) $(if $(KAFKA),--real)

notify-alertmanager: install ## what notify tells Alertmanager, on releases 0.28.1 and 0.34.0; needs Go
	bash tests/notify/alertmanagers.sh

readme: install ## follow the README on a fresh clone (PARTS), word for word; needs Java and Maven
	PYTHONPATH=tests/kafka:tests/readme $(BIN)/python tests/readme/fresh_clone.py $(PARTS)

company: install ## a simulated company (SEED) on a real Kafka, kill -9 in the middle: is every number true; COMPANY_ARGS
	PYTHONPATH=.:tests/kafka:tests/broker:tests/pipeline $(BIN)/python tests/chaos/company.py --seed $(SEED) $(COMPANY_ARGS)

pictures: install ## the pictures of the console in docs/, taken anew; needs Chromium
	PYTHONPATH=tests/console $(BIN)/python tests/console/pictures.py

clients: install ## clients of other languages (CLIENTS) read a worker's tables; needs Java, Maven, Node and Go
	PYTHONPATH=.:tests/kafka:tests/broker:tests/pipeline:tests/clients \
		$(BIN)/python tests/clients/read_by_clients.py $(CLIENTS) $(CLIENTS_ARGS)

soak: install ## a day of steady load in time-lapse: memory must not grow
	PYTHONPATH=. $(BIN)/python benchmarks/soak.py $(SOAK_ARGS)

backlog: install ## five million events waiting for a worker: memory is bounded; needs Java and Maven
	PYTHONPATH=. $(BIN)/python benchmarks/backlog.py $(BACKLOG_ARGS)

storm: install ## every series rises at once: the worker goes on meanwhile; needs Java and Maven
	PYTHONPATH=. $(BIN)/python benchmarks/storm.py $(STORM_ARGS)

same: install ## what this checkout writes of a history (DATA) is what revision FROM wrote, row by row
	PYTHONPATH=. PYTHONHASHSEED=0 $(BIN)/python tests/compare/outputs.py $(DATA) --against $(FROM)

schema: install ## JSON Schema and AsyncAPI into schema/
	$(BIN)/groundswell schema --out schema

docs: install ## the reference in docs/topics.md, from the models
	$(BIN)/python -m schemas.page docs/topics.md

lock: ## after a change of the dependencies; needs uv
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--all-extras --group dev pyproject.toml --output-file requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra console --extra notify --constraint requirements.lock pyproject.toml \
		--output-file deploy/requirements.lock

bench-quick: install ## CPU and time beside others that count the same events, once, on little; needs a JDK and Maven
	PYTHONPATH=. $(BIN)/python benchmarks/bench.py --quick $(BENCH_ARGS)

bench: install ## the same on four loads, medians of three; needs a JDK and Maven; BENCH_ARGS=--docs writes docs/performance.md
	PYTHONPATH=. $(BIN)/python benchmarks/bench.py $(BENCH_ARGS)

bench-worker: install ## a worker on a backlog beside that of another revision (FROM): CPU, time, memory; needs Java and Maven
	PYTHONPATH=. $(BIN)/python benchmarks/worker_speed.py --against $(FROM) $(WORKER_ARGS)

bench-ingest: install ## what the ingest stage alone takes an event, flushes with it: dense, sparse and wide
	PYTHONPATH=. $(BIN)/python benchmarks/ingest_speed.py $(INGEST_ARGS)

bench-steps: install ## what all stages take an event on a backlog, step by step, without a broker
	PYTHONPATH=. $(BIN)/python benchmarks/backlog_steps.py $(STEPS_ARGS)

bench-live-steps: install ## what all stages take a second of live events, step by step, without a broker
	PYTHONPATH=. $(BIN)/python benchmarks/live_steps.py $(LIVE_STEPS_ARGS)

bench-detect: install ## the daily test on Noufaily's simulations: DATA=FILE JSON=OUT
	PYTHONPATH=. $(BIN)/python benchmarks/noufaily.py $(DATA) $(if $(JSON),--json $(JSON))

bench-farrington: install ## the daily test against Farrington Flexible: w = 5 (DATA) and fresh series
	PYTHONPATH=. $(BIN)/python benchmarks/noufaily_against.py $(DATA) $(if $(JSON),--json $(JSON))

bench-update: install ## what a day costs a series, 10,000 at once
	PYTHONPATH=. $(BIN)/python benchmarks/update_cost.py $(if $(JSON),--json $(JSON))

bench-subdaily: install ## how soon a rise inside the day is told, against the best that is possible
	PYTHONPATH=. $(BIN)/python benchmarks/subdaily.py $(if $(JSON),--json $(JSON))

bench-histories: install ## histories with a spike and artefacts of known date: what is said of them
	PYTHONPATH=. $(BIN)/python benchmarks/histories.py

bench-customers: install ## what customers cost: bytes, an event, a take-over, a month's end; CUSTOMERS_ARGS="--many 1000000"
	PYTHONPATH=. $(BIN)/python benchmarks/customers.py $(if $(DATA),--company $(DATA)) $(CUSTOMERS_ARGS)

bench-incidents: install ## events of known date and kind in published complaints: what people are told; SEEDS, TAPES to keep what is slow
	PYTHONPATH=. $(BIN)/python benchmarks/incidents.py $(if $(SEEDS),--seeds $(SEEDS)) $(if $(TAPES),--tapes $(TAPES))

bench-office: install ## sources open at some hours only: is a rise paged for; SEEDS histories a form
	PYTHONPATH=.:tests/core $(BIN)/python benchmarks/office.py $(FORMS) --seeds $(or $(SEEDS),50)

fuzz-dialects: install ## FILES (2,000) delimited files in all dialects, against an independent reader
	PYTHONPATH=.:tests/load $(BIN)/python benchmarks/dialect_fuzz.py --files $(or $(FILES),2000)

bench-closed-hours: install ## sources open for a few hours a day, in zones whose clocks change: alerts and delays
	PYTHONPATH=. $(BIN)/python benchmarks/closed_hours.py $(if $(JSON),--json $(JSON))

fuzz-console: install ## schemathesis over the API of the console, which is installed beside for it
	PYTHONPATH=. $(BIN)/python tests/console/fuzz.py $(FUZZ_ARGS)

assets: install ## htmx and uPlot for the console, from their packages; needs npm
	$(BIN)/python deploy/console_assets.py $(ASSETS_ARGS)

dashboards: install ## the Grafana dashboards, from their code
	$(BIN)/python -m deploy.grafana.generate

clean: ## remove what was installed and fetched
	rm -rf .venv .kafka
