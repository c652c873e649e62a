"""A result folder while it is written: beside its name, renamed when complete, so that a half result is never found."""

from __future__ import annotations

import json
import math
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.city.city import City
from twin.city.terrain import Grid
from twin.errors import StorageError
from twin.models.base import Happening
from twin.quantities import quantity
from twin.results import SCHEMA, RunResult, open_result, seal, write_happenings
from twin.scenario.events import Field, Indicator, Notice
from twin.scenario.netcdf import DiskFile, create_coordinates, create_variable, unit_of

if TYPE_CHECKING:
    from twin.scenario.plan import Plan

SPARE_BYTES = 32 * 2**20
"""Free space that is left alone."""
CHUNK = 256
"""Cells along a side of a piece of a grid that is packed by itself: small enough to read one place over time in little of a second."""


def check_target(target: Path) -> Path:
    """The place of a new result. Raises StorageError where something else than an earlier result is in the way."""
    with plain_errors(target):
        if target.exists() and not target.is_dir():
            raise StorageError("The result needs a folder and there is a file of that name", where=str(target), do="Choose another name.")
        if target.is_dir() and any(target.iterdir()) and not (target / "manifest.json").is_file():
            raise StorageError("The folder holds other files than a result", where=str(target), do="Choose an empty or new folder.")
        target.parent.mkdir(parents=True, exist_ok=True)
    return target


@contextmanager
def plain_errors(target: Path) -> Iterator[None]:
    """What the system says about disks and permissions, as a StorageError."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # HDF5 and GDAL say RuntimeError when the system refuses
        why = (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
        advice = "Free some space or choose another folder."
        raise StorageError(f"The result cannot be written: {why}", where=str(target), do=advice) from error


class Recorder:
    """Writes the fields of a run as they come; `finish` completes the folder, `discard` removes what was begun."""

    def __init__(self, target: Path, plan: Plan, run: str) -> None:
        self.target, self.plan, self.run = target, plan, run
        self.folder = target.parent / f".{target.name}.part-{run}"
        self._began = datetime.now(UTC)
        self._files: dict[str, Any] = {}
        self._stores: dict[str, Any] = {}
        self._rows: dict[str, Any] = {}
        self._disks: list[DiskFile] = []
        self._clear()

    def begin(self, city: City) -> None:
        """Start from nothing, also when the run starts again."""
        self._clear()
        self.city = city
        with plain_errors(self.target):
            self.folder.mkdir(parents=True)

    def _clear(self) -> None:
        self._close()
        self._times: list[float] = []
        self._grids: list[Grid] = []
        self._last: dict[str, Field] = {}
        self._figures: dict[str, list[float]] = {}
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, at_s: float, fields: tuple[Field, ...], indicators: dict[str, tuple[float, str]]) -> None:
        """Keep one moment: series go to disk, of maxima the last counts."""
        self._last = {f.quantity: f for f in fields}
        row = len(self._times)
        self._times.append(at_s)
        for name, (value, _) in indicators.items():
            self._figures.setdefault(name, [math.nan] * row).append(float(value))
        with plain_errors(self.target):
            series = [f for f in fields if quantity(f.quantity).kind == "series"]
            need, free = sum(f.array.nbytes for f in series) + SPARE_BYTES, shutil.disk_usage(self.folder).free
            if free < need:
                raise StorageError(
                    f"The disk is full: {need / 2**20:.0f} MB are needed and {free / 2**20:.0f} MB are free",
                    where=str(self.target), do="Free some space or choose another folder. Nothing was kept of this run.",
                )
            for field in series:
                rows = self._rows_of(field)
                rows.resize(row + 1, axis=0)
                rows[row] = field.array
            for disk in self._disks:
                disk.check()

    def _close(self) -> list[DiskFile]:
        for file in (*self._files.values(), *self._stores.values()):
            file.close()
        disks = self._disks
        for disk in disks:
            disk.close()
        self._files, self._stores, self._rows, self._disks = {}, {}, {}, []
        return disks

    def _rows_of(self, field: Field) -> Any:
        """The HDF5 data set of a series. h5netcdf would look at every variable of the file for the length of each."""
        if field.quantity not in self._rows:
            name = _file_of(field)
            file = self._file(name)
            dims = ("time", *self._dims(file, field))
            chunks = (1, *(min(n, CHUNK if field.grid is not None else 1024) for n in field.array.shape))
            create_variable(file, field, dims, chunks, self.city)
            self._rows[field.quantity] = self._stores[name][field.quantity]
        return self._rows[field.quantity]

    def _file(self, name: str) -> Any:
        import h5netcdf
        import h5py

        if name not in self._files:
            self._disks.append(DiskFile(self.folder / name))
            self._stores[name] = h5py.File(self._disks[-1], "w", track_order=True)  # the order that the netCDF library asks for
            file = h5netcdf.File(self._stores[name], "w")
            file.attrs["Conventions"] = "CF-1.11"
            label = " (synthetic city)" if self.city.synthetic else ""
            file.attrs["title"] = f"{self.plan.scenario.scenario.name}: {self.city.name}{label}"
            file.attrs["source"] = f"urban-twin {_version('urban-twin')}"
            file.attrs["history"] = f"{self._began:%Y-%m-%dT%H:%M:%SZ} run {self.run}"
            file.dimensions["time"] = None
            time = file.create_variable("time", ("time",), "f8", chunks=(512,))
            start = self.plan.scenario.scenario.start
            civil = (start.astimezone(UTC) if start.tzinfo else start) if start else datetime(2000, 1, 1)
            time.attrs["units"] = f"seconds since {civil:%Y-%m-%d %H:%M:%S}"
            time.attrs["standard_name"], time.attrs["calendar"], time.attrs["axis"] = "time", "standard", "T"
            if start is None:
                time.attrs["comment"] = "The scenario has no civil start; 2000-01-01 stands for its beginning."
            self._files[name] = file
        return self._files[name]

    def _dims(self, file: Any, field: Field) -> tuple[str, ...]:
        if field.grid is None:
            name = field.support.replace(":", "_")
            if name not in file.dimensions:
                file.dimensions[name] = len(field.array)
            return (name,)
        if field.grid not in self._grids:
            self._grids.append(field.grid)
        number = self._grids.index(field.grid)
        y, x = ("y", "x") if number == 0 else (f"y{number}", f"x{number}")
        if y not in file.dimensions:
            create_coordinates(file, field.grid, self.city, y, x)
        return y, x

    def finish(
        self, city: City, indicators: dict[str, Indicator], notices: list[Notice], happenings: list[Happening], wall_s: float,
        tick: Callable[[], None],
    ) -> RunResult:  # fmt: skip
        """Complete the folder and give it its name. tick is called between files; it raises when the run was closed."""
        with plain_errors(self.target):
            for field in self._last.values():
                if quantity(field.quantity).kind != "series":
                    file = self._file(_file_of(field))
                    chunks = tuple(min(n, 1024) for n in field.array.shape)
                    create_variable(file, field, self._dims(file, field), chunks, city)[...] = field.array
            for file in self._files.values():
                file.resize_dimension("time", len(self._times))
                file.variables["time"][:] = np.array(self._times)
            disks = self._close()
            for disk in disks:
                disk.check()
            tick()
            from twin.scenario.export import write_maps, write_objects

            write_maps(self.folder / "maps", list(self._last.values()), city)
            tick()
            write_objects(self.folder, list(self._last.values()), city)
            tick()
            (self.folder / "scenario.toml").write_text(self.plan.scenario.to_toml(), "utf-8")
            data = {
                "schema": SCHEMA,
                "indicators": {k: {x: _finite(y) for x, y in asdict(v).items()} for k, v in indicators.items()},
                "series": {"time_s": self._times, "values": {k: [_finite(x) for x in v] for k, v in self._figures.items()}},
            }
            (self.folder / "indicators.json").write_text(json.dumps(data, indent=1), "utf-8")
            write_happenings(self.folder / "happenings.json", city, happenings)
            manifest = self._manifest(city, notices, wall_s)
            (self.folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False, default=str), "utf-8")
            seal(self.folder)
            tick()
            from twin.report import write_report

            write_report(self.folder, city, RunResult(self.folder), [])
            tick()
            self._rename()
        return open_result(self.target, check=False)

    def _manifest(self, city: City, notices: list[Notice], wall_s: float) -> dict[str, Any]:
        plan = self.plan
        return {
            "schema": SCHEMA,
            "run": self.run,
            "made": f"{self._began:%Y-%m-%dT%H:%M:%SZ}",
            "wall_s": round(wall_s, 3),
            "city": {
                "name": city.name, "content": city.content_hash, "synthetic": city.synthetic, "buildings": len(city.buildings),
                "region": city.region, "currency": city.currency, "attribution": city.attribution,
                "frame": asdict(city.frame),
            },
            "sources": [asdict(s) for s in city.sources],
            "problems": [asdict(p) for p in city.problems],
            "scenario": plan.scenario.to_toml(),
            "seed": plan.scenario.scenario.seed,
            "models": [
                {
                    "name": u.model.name, "entry": u.entry, "version": u.model.version, "title": u.model.title,
                    "question": u.model.question, "params": u.params, "seed": u.seed, "limits": u.model.limits, "cite": u.model.cite,
                }
                for u in plan.units
            ],
            "versions": {"python": platform.python_version(), **{n: _version(n) for n in ("urban-twin", "numpy", "numba", "shapely")}},
            "notices": [asdict(n) for n in notices],
            "times": self._times,
            "grids": [asdict(g) for g in self._grids],
            "quantities": {
                name: {
                    "support": f.support, "kind": quantity(name).kind, "unit": unit_of(quantity(name), city),
                    **({"grid": self._grids.index(f.grid)} if f.grid is not None else {}),
                }
                for name, f in self._last.items()
            },
        }

    def _rename(self) -> None:
        old = self.target.parent / f".{self.target.name}.old-{self.run}"
        if self.target.exists():
            os.replace(self.target, old)
        os.replace(self.folder, self.target)
        shutil.rmtree(old, ignore_errors=True)

    def discard(self) -> None:
        """Remove what was begun; nothing happens after `finish`."""
        try:
            self._clear()
        except OSError:
            shutil.rmtree(self.folder, ignore_errors=True)


def _file_of(field: Field) -> str:
    return "grids.nc" if field.grid is not None else "objects.nc"


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
