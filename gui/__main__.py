"""Starts the desktop application: `python -m gui [WHAT...]`, or the `twin` command."""

from __future__ import annotations

import os
import signal
import sys
from types import TracebackType


def main(what: list[str] | None = None) -> int:
    """Open the window, with what is named in it; returns the exit code when it is closed."""
    os.environ.setdefault("QT_API", "pyside6")
    from gui.preferences import apply_settings
    from gui.window import MainWindow, start_application

    app = start_application()
    apply_settings()
    window = MainWindow(list(what or []))

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, Exception):
            window.notices.trouble(error)

    sys.excepthook = told  # a fault in a slot is told, not only printed
    window.show()
    signal.signal(signal.SIGINT, lambda *_: window.close())
    return int(app.exec())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
