"""Benchmarks: ours beside what people would use instead. `python -m bench NAME [--quick] [--json]`."""
