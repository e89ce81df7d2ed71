# make demo   from nothing to a trained network, on our own samples (the main job)
# make test   everything that CI checks
.PHONY: setup demo check test test-fast golden bench fuzz clean
PY := .venv/bin/python
export PYTHONUTF8 := 1

setup:
	@scripts/setup.sh trainer,dev

demo:
	@scripts/setup.sh trainer
	@$(PY) scripts/demo.py

check: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

test: check
	@$(PY) -m pytest -n 2 --dist worksteal

test-fast: setup
	@$(PY) -m pytest -n 2 -m "not slow and not corpus"

golden: setup
	@$(PY) -m pytest tests/render -m gl --update-golden

bench: setup
	@for script in benchmarks/*.py; do echo "== $$script"; $(PY) $$script; done

FUZZ_SECONDS ?= 180
fuzz: setup
	@$(PY) -c 'import atheris' 2>/dev/null || $(PY) -m pip install -qq -c constraints.txt -e '.[fuzz]'
	@$(PY) fuzz --seconds $(FUZZ_SECONDS) $(FUZZ_TARGETS)

clean:
	@rm -rf .venv demo build dist
