"""`python -m bench NAME [--quick] [--json]`: runs bench/NAME.py, whose rows(quick) gives the rows."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from importlib.util import find_spec

import bench
from bench.measure import Row, machine


def names() -> list[str]:
    """Benchmarks that exist."""
    return sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if m.name not in ("__main__", "measure", "window"))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure ours beside its peers.")
    parser.add_argument("name", help=f"one of: {', '.join(names())}")
    parser.add_argument("--quick", action="store_true", help="smaller cases, fewer rounds")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    given = parser.parse_args(arguments)
    if find_spec(f"bench.{given.name}") is None or given.name not in names():
        print(f"There is no benchmark '{given.name}'. Known: {', '.join(names())}.", file=sys.stderr)
        return 2
    where = machine()
    rows: list[Row] = importlib.import_module(f"bench.{given.name}").rows(given.quick)
    if given.json:
        print(json.dumps({"bench": given.name, "machine": where, "rows": [r.as_dict() for r in rows]}))
    else:
        show(given.name, where, rows)
    return 0


def show(name: str, where: str, rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"bench {name}", caption=where)
    for title in ("case", "size", "ours", "peer", "unit", "ratio"):
        table.add_column(title, justify="left" if title in ("case", "size", "unit") else "right")
    for r in rows:
        peer = "-" if r.peer is None else f"{r.peer:.4g} ({r.peer_name})"
        table.add_row(r.case, r.size, f"{r.ours:.4g}", peer, r.unit, "-" if r.ratio is None else f"{r.ratio:.2f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
