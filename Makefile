# `make run`: the demonstration city, in the window or (without a display) as pictures and a report. `make test`: all checks.
.PHONY: run test test-slow setup lock pictures bench clean

run: setup
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
		.venv/bin/twin demo; \
	else \
		echo "No display: running the demonstration without one."; \
		.venv/bin/twin demo --headless --out out/demo; \
	fi

setup:
	@.ci/setup

test:
	@TWIN_SETUP_TEST=1 .ci/setup
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist worksteal

test-slow:
	@TWIN_SETUP_TEST=1 .ci/setup
	.venv/bin/python -m pytest -m slow -n auto --maxprocesses 2 --dist worksteal

pictures: setup
	.venv/bin/python -m gui.readme_pictures assets/readme

# Needs uv. No index address is written, so that the lock works with any registry.
lock:
	uv pip compile -q pyproject.toml --extra test --universal --python-version 3.11 --no-header --no-emit-index-url --generate-hashes -o requirements.lock

clean:
	rm -rf .venv build dist out *.egg-info
