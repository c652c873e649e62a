"""Micropolis, the virtual city of InfraRisk's testbeds, opened by a recipe; its dependencies are those of its own table."""

from __future__ import annotations

from pathlib import Path

from twin.city.city import City
from twin.city.dependencies import read_csv, with_dependencies
from twin.city.recipe import open_city

SOURCES = (
    ("gis/buildings_v1.shp", 'role = "buildings"\nfields = { height = "HEIGHT", id = "ID", use = "FACILITY_T", people = "POP" }\n'
     'licence = "MIT"\nattribution = "Micropolis (Texas A&M), InfraRisk"\n'),
    ("transportation/med/transpo_net.tntp", ""), ("power/med/power.json", ""), ("water/med/water.inp", ""),
    ("gis/waterbody_v1.shp", 'role = "water"\n'), ("gis/lots_v1.shp", ""),
)  # fmt: skip


def recipe(data: Path, folder: Path) -> Path:
    """Write city.toml into a folder; returns the folder."""
    home = (data / "infrarisk" / "micropolis").absolute()
    said = [f'[[source]]\npath = "{home / path}"\ncrs = "engineering"\nunit = "ft"\n{more}' for path, more in SOURCES]
    (folder / "city.toml").write_text('name = "Micropolis"\ncrs = "engineering"\n\n' + "\n".join(said), "utf-8")
    return folder


def micropolis(data: Path, folder: Path) -> City:
    """The city with its table of which pump hangs on which motor."""
    city = open_city(recipe(data, folder), use_cache=False)
    table = data / "infrarisk" / "micropolis" / "dependencies.csv"
    return with_dependencies(city, read_csv(table), table.name)[0]
