"""A font of the system's that can write Latin and Chinese, found at run time; we bundle none."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from typing import Any

from PIL import ImageFont


@cache
def font_file(bold: bool = False) -> tuple[str, int] | None:
    """File and face index by fontconfig, preferring simplified Chinese forms; None where there is no fontconfig."""
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
