# Two commands for a newcomer: `make neuron` and `make test`. Everything runs in .venv; paths with spaces are fine.
PYTHON ?= python3
BIN := .venv/bin
SPEC ?= cells/examples/neuron_n4.yaml
NAME ?= $(basename $(notdir $(SPEC)))

.PHONY: install neuron test lint clean

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	"$(PYTHON)" -m venv .venv
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -r requirements.lock
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch .venv/installed

neuron: install
	"$(BIN)/sfqgen" build "$(SPEC)" -o "out/$(NAME)"

test: install
	"$(BIN)/python" -m pytest -n 2

lint: install
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check ruff
	"$(BIN)/ruff" check .

clean:
	rm -rf .venv out/*/
