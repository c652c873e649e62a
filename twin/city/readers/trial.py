"""Files whose library may end the whole program are opened in another process first."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from twin.errors import InputError

LIMIT_S = 25
# What a reader does later: open, list, and read of each variable.
_TRIAL = """
import sys, warnings, rasterio
warnings.simplefilter("ignore")
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
except (ImportError, ValueError, OSError):
    pass
def look(name):
    with rasterio.open(name) as file:
        file.tags(), file.crs, file.transform
        for band in range(1, min(file.count, 3) + 1):
            for row, column in ((0, 0), (file.height - 1, file.width - 1)):
                file.read(band, window=((row, row + 1), (column, column + 1)))
        return file.subdatasets
try:
    inside = look(sys.argv[1])[:20]
except Exception:
    sys.exit(3)
for name in inside:
    try:
        look(name)
    except Exception:
        pass
"""


def survives(path: Path) -> None:
    """Raises InputError where opening a NetCDF file fails, ends a process, needs gigabytes or never comes back: libnetcdf trusts what
    its header says."""
    about = path.stat()
    if not _tried(str(path.absolute()), about.st_size, about.st_mtime_ns):
        raise InputError("This NetCDF file cannot be read", where=str(path), do="Is it complete? Copy or download it again.")


@lru_cache(64)
def _tried(path: str, _size: int, _changed: int) -> bool:
    command = [sys.executable, "-I", "-c", _TRIAL, path]
    home = {"PROJ_NETWORK": "OFF", "CPL_VSIL_CURL_ALLOWED_FILENAME": "none", "GDAL_HTTP_PROXY": "none://none"}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT_S,
            env={**os.environ, **home}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    except OSError:  # no process can be started here
        return True
    return done.returncode == 0
