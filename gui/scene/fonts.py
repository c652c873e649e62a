"""A font of the system's that can write Latin and Chinese, found at run time; we bundle none."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from PIL import ImageFont

# Where fontconfig is absent: (regular, bold, face of simplified Chinese) of Debian, macOS and Windows.
USUAL = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
    ("/System/Library/Fonts/STHeiti Light.ttc", "/System/Library/Fonts/STHeiti Medium.ttc", 1),
    ("C:/Windows/Fonts/msyh.ttc", "C:/Windows/Fonts/msyhbd.ttc", 0),
)


@cache
def font_file(bold: bool = False) -> tuple[str, int] | None:
    """File and face index by fontconfig, preferring simplified Chinese forms; the usual places where it is absent."""
    return _by_fontconfig(bold) or next(((pair[bold], pair[2]) for pair in USUAL if Path(pair[bold]).is_file()), None)


def _by_fontconfig(bold: bool) -> tuple[str, int] | None:
    tool = shutil.which("fc-match")
    if tool is None:
        return None
    pattern = "sans-serif:lang=zh-cn" + (":bold" if bold else "")
    try:
        out = subprocess.run([tool, "-f", "%{file}\t%{index}", pattern], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    path, _, index = out.partition("\t")
    return (path, int(index or 0) & 0xFFFF) if path else None


@cache
def font(size: int, bold: bool = False) -> Any:
    """PIL font of a pixel size; Pillow's own (Latin only) where the system has none."""
    found = font_file(bold)
    if found is not None:
        try:
            return ImageFont.truetype(found[0], size, index=found[1])
        except OSError:
            pass
    return ImageFont.load_default(size)
