"""Where readings come from: `mqtt` (a broker), `replay` (a recording on the clock), `demo` (simulated, through a broker)."""
