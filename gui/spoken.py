"""Sentences that twin/ says in English (stages, problems, notices, errors), in the language of the user.

twin/ knows no languages: its sentences are recognised here by their pattern, and what stands in their {places} is put into
the translated pattern. What is not recognised stays as it is.
"""

from __future__ import annotations

import re
from functools import cache

from gui.i18n import declared, language, mark, tr
from gui.sentences import OF_MODELS, PHRASES

STAGES = {
    "streets": mark("Streets"),
    "blocks": mark("Blocks"),
    "buildings": mark("Buildings"),
    "ground": mark("Ground"),
    "networks": mark("Networks"),
    "layers": mark("Layers"),
    "ready": mark("Ready"),
}
"""Single words, said in full on the screen."""
PATTERNS = (
    mark("Ready"),
    mark("Building the city"),
    mark("Reading {file}"),
    mark("{model}: setting up"),
    mark("No source gives the ground; it is flat at 0 m"),
    mark("{file} is the same as {other} and was left out"),
    mark("{n} of {all} buildings have no height or levels and got the median of their neighbours"),
    mark("{n} of {all} buildings have no height or levels and got {height} m"),
    mark("{n} heights or levels are not numbers and were ignored"),
    mark("{n} heights are zero or negative and were taken as unknown"),
    mark("{n} heights above 1,200 m were taken as unknown"),
    mark("{n} buildings start above their top; their min_height was ignored"),
    mark("{n} buildings have no surface and were left out"),
    mark("{n} building parts lie in no building's outline and stand as buildings of their own"),
    mark("The parts of {n} buildings leave over a tenth of the outline free; that is raised to the neighbours' height"),
    mark("Ids used more than once got a number behind them"),
    mark("The ground was resampled to {m} m"),
    mark("{format} does not say above what its heights are measured: {datum}"),
    mark("{n} building parts are written without surfaces of their own; those are with their buildings"),
    mark("{n} features have no geometry and were left out"),
    mark("{n} features have coordinates that are NaN, infinite or absurd and were left out"),
    mark("{n} areas cross themselves or are not closed properly and were repaired"),
    mark("{n} features are not areas and were left out"),
    mark("{n} areas cover nothing and were left out"),
    mark("{n} features lie where {crs} does not reach and were left out"),
    mark("{n} objects or surfaces are not valid CityJSON and were left out"),
    mark("{n} rooms, furniture and groups inside buildings are not shown"),
    mark("This file is not well-formed XML: {why}"),
    mark("Namespaces that are not declared: {names}"),
    mark("Some bytes are no text in the encoding of this file"),
    mark("{n} faces have no ring of at least three places and were left out"),
    mark("{n} rings do not end where they begin"),
    mark("{n} links lead to nothing in this file"),
    mark("{n} links lead to other files; they were not followed"),
    mark("{n} objects are kept in other files (implicit geometry) and are not shown"),
    mark("{n} placed templates are more than can be shown and were left out"),
    mark("{n} textures are not shown; surfaces have their usual colours"),
    mark("{n} rooms, storeys, installations and furniture inside buildings are not shown"),
    mark("{n} objects of the type {kind} are not shown"),
    mark("{n} code lists lie outside the folder of the data set and were not opened"),
    mark("{n} kinds of attributes are more than a table can hold and were left out"),
    mark("{n} terrains were joined at {cell} m; the finest counts where they overlap"),
    mark("{name} does not say its coordinate system; it was left out"),
    mark("{name} has geocentric coordinates; it was left out"),
    mark("{name} lies on the map, but the city has an engineering grid; it was left out"),
    mark("{name} lies more than {far} km from the city and was left out; open it by itself"),
    mark("The terrain {name} does not cover the city ({far} km away); it was left out"),
    mark("The terrain {name} does not cover the city; it was left out"),
    mark("The layer '{name}' has no features"),
    mark("The raster is large and was read at {cell} units a cell"),
    mark("This is a surface model (with roofs and trees), not ground; it was left out"),
    mark("NaN and Infinity are not valid JSON; other programs may refuse this file"),
    mark("The coordinate system '{name}' is not understood"),
    mark("{name} does not say where it stands; it is shown on a grid with no map"),
    mark("{name} does not say where it stands; it was left out. State `place` or `crs` of it in a recipe"),
    mark("Heights are above the WGS 84 ellipsoid, not the sea: beside other sources this one may lie up to 100 m too high or low"),
    mark("The tileset is too large to be read at its finest level; {n} coarser tiles are shown"),
    mark("{n} tiles could not be read: {why}"),
    mark("{n} pieces of objects cut by tiles were joined by id"),
    mark("{n} lines, points or faces of vertices that do not exist were left out"),
    mark("{n} triangles without finite coordinates were left out"),
    mark("The file says that it stands at {place} of {crs}"),
    mark("The geometry of {n} products could not be computed; they were left out"),
    mark("IFC files need the extra 'ifc', which is not installed"),
    mark("Install it with: pip install 'urban-twin[ifc]'"),
    mark("Writing {what}"),
    mark("{format} got surfaces only; not written: {what}"),
    mark("{format} got no terrain, clouds or pictures: {what}"),
    mark("{n} building parts were written as part of their buildings"),
    mark("{n} buildings were written as footprint and height, without their roofs"),
    mark("3D Tiles count heights from the WGS 84 ellipsoid; those of {datum} were written as they are and may be up to 100 m off"),
    mark("A GeoParquet file holds one layer, here the buildings; not written: {what}"),
    mark("OBJ holds no attributes but the ids"),
    mark("OBJ got the colours of the kinds of surface, not those of the source"),
    mark("The city cannot be written: {why}"),
    mark("There is a folder of this name already, with files in it"),
    mark("There is no such file or folder"),
    mark("Check the name, or say demo for the demonstration city."),
    mark("This folder holds nothing that can be opened"),
    mark("Looked for GIS layers, city models and terrain."),
    mark("This file cannot be read: {why}"),
    mark("This file has no features that can be read"),
    mark("This file is empty"),
    mark("Is it complete, and what its name says?"),
    mark("Is the file complete?"),
    mark("Nothing here can be used: {why}"),
    mark("Nothing here can be used"),
    mark("This is not valid JSON: {where}"),
    mark("State its coordinate system in a recipe (city.toml)."),
    mark("Free some space or choose another folder."),
    mark("Free some disk space or choose another folder."),
    mark("Make room or choose another folder; what was there before is untouched."),
    mark("It could not be saved: {why}"),
    mark("This is not a project file or it is damaged"),
    mark("Open an autosave or an older copy."),
    mark("There is no result"),
    mark("Choose a folder that holds a manifest.json."),
    mark("The result is damaged: {why}"),
    mark("Run the scenario again."),
    mark("There is no such recording"),
    mark("Choose a TSV or CSV file of readings."),
    mark("The recording cannot be read"),
    mark("The recording has no readings"),
    mark("There is no column for {names}"),
    mark("The city gives no value for {n} of its {all} buildings; theirs is floor area times {values}"),
    mark("The city does not say how many people are in {n} of its {all} buildings; they are estimated from floor area and use ({source})."),
    mark("The city has no terrain: the ground is taken as flat at {level} m, so where water gathers is not known."),
    mark("{share} of the ground had no height and took the nearest known one."),
    mark("{n} water area(s) state no normal level: they stand at the lowest ground beside them and take what runs in."),
    mark("No land use or green areas are known: {share} of the ground takes in water everywhere."),
    mark("No drainage network is computed: drains take {rate} mm/h where the ground is built up."),
    mark("The city has a drainage network, which is not computed: choose SWMM for it to see what it takes and gives back."),
    mark("The graphics card computes the flow ({name})."),
    mark("The processor computes the flow, not the graphics card: {why}."),
    mark("Only a part of the city is computed: no water comes in over its rim."),
    mark("Only a part of the city is computed; over its rim comes the water of all of it, on cells of {m} m."),
    mark("{n} manholes and inlets exchange water with {m} drains."),
    mark("Water comes out of manholes outside the area and is not followed."),
    mark("{n} nodes of the drains lie above the ground (first: {name}): they are taken as closed."),
    mark("{n} nodes of the drains lead to no outfall (first: {name}) and are left out."),
    mark("Handing the city to other processes"),
    mark("Run {i} of {n}"),
    mark("{i} of {n} runs"),
    mark("Nobody said what is uncertain: the rain is taken as lognormal with a spread of {share}, assumed."),
    mark("{n} runs, with {what}. Figures are medians, ranges from 10 to 90 %."),
    mark("The area has only {n} cells of {cell} m: smaller ones would see streets and yards."),
    mark("{n} culvert(s) lead out of the area that is computed and are left out."),
    mark("{n} culvert(s) are shorter than a cell and are left out."),
    mark("{n} street(s) let water through under houses and banks, as high as is usual ({height} m)."),
    mark("{n} street tunnel(s) are longer than {m} m: what runs into them is not computed."),
    mark("Water passes under {n} bridge(s) that the terrain shows as solid."),
    mark("Water can run into {n} metro entrance(s); a sill of {sill} m and a width of {width} m are assumed where none is stated."),
    mark("Water runs into {name} from {at} min after the start."),
    mark("Water runs into more than {n} metro entrances; the first are named."),
    mark("Pump {name} stood in more than {depth} m of water and failed after {at} min."),
    mark("The city has no road network; nothing is said about roads."),
    mark("The city shows no {kinds}; who is cut off from them is not counted."),
    mark("The city names no region; its place on the map makes it {region}."),
    mark("The city names no region and has no place on the map; curves and values of Asia are used."),
    mark("No {kinds} damage curve is at hand for {region}; its residential curve stands in."),
    mark("No rate is known for {currency}; default values are in EUR of 2010."),
    mark("The city is not the one this scenario was made for: its content has changed since."),
    mark("{model}: nothing it depends on has changed, so that the outputs of an earlier run were used."),
    mark(
        "Trigger '{id}' came {when}, but {models} cannot take '{kind}' while running: the run starts again with it in place from the "
        "beginning."
    ),
    mark("Trigger '{id}' came {when}: {kind}."),
    mark("Trigger '{id}' lies after the end of the run and does nothing."),
    mark("No model of this run gives '{name}'."),
    mark("A path needs two places at least"),
    mark("Keep more bookmarks (Ctrl+B), or make a film that turns around."),
    mark("All places of the path are the same"),
    mark("Choose bookmarks that differ."),
    mark("A picture of {w} x {h} pixels is too large"),
    mark("At most {n} million pixels, {side} on a side: choose a smaller size or scale."),
    mark("A picture of {w} x {h} pixels needs {need} GB of memory, and {have} GB are free"),
    mark("Choose a smaller size or scale, or close other programs."),
    mark("ffmpeg does not start"),
    mark("'{path}' holds something else"),
    mark("Choose a new or empty folder."),
    mark("The condition is not understood at '{text}'"),
    mark('Write it like: height_m > 30 and use = office, or name contains "tower".'),
    mark("There is no condition"),
    mark("After the condition there is more: '{text}'"),
    mark("Join conditions with and, or."),
    mark("The condition has too many brackets in each other"),
    mark("A bracket is not closed"),
    mark("A field is missing before '{text}'"),
    mark("The condition is not finished"),
    mark("There is no field '{text}'"),
    mark("There are: {names}."),
    mark("'{name} between' needs two numbers"),
    mark("Write {name} between 20 and 40."),
    mark("After '{name}' a comparison is missing"),
    mark("After 'in' comes a list in brackets"),
    mark("Write use in (school, hospital)."),
    mark("A value is missing"),
    mark("'{value}' is no number"),
    mark("Compare a field of numbers with a number: height_m > 30."),
)


SENTENCES = (*PATTERNS, *OF_MODELS)
_ERROR = re.compile(r"(?P<what>.+?)(?: \((?P<where>[^()]*)\))?\.(?: (?P<do>.+))?", re.DOTALL)
"""A TwinError that has become one text: what, where and what to do."""


@cache
def _expressions(patterns: tuple[str, ...]) -> list[tuple[re.Pattern[str], str]]:
    found = []
    for pattern in patterns:
        parts = re.split(r"\{(\w+)\}", pattern)
        text = "".join(f"(?P<{p}>.+?)" if k % 2 else re.escape(p) for k, p in enumerate(parts))
        found.append((re.compile(text, re.DOTALL), pattern))
    return found


def _said(text: str, patterns: tuple[str, ...]) -> str | None:
    """The text by the pattern that it is, else by the first that it fits; None where it fits none."""
    if text in patterns:
        return tr(text)
    for expression, pattern in _expressions(patterns):
        match = expression.fullmatch(text)
        if match is not None:
            return tr(pattern).format(**{k: _phrase(v) for k, v in match.groupdict().items()})
    return None


def _phrase(text: str) -> str:
    """What stands in the place of a sentence."""
    known = declared(text)
    return known if known != text else _said(text, PHRASES) or _whole(text) or text


def _whole(text: str) -> str | None:
    """An error that has become one text, where all of its sentences are known."""
    parts = _ERROR.fullmatch(text)
    what = None if parts is None else _said(parts["what"], SENTENCES)
    if parts is None or what is None:
        return None
    do = _said(parts["do"], SENTENCES) if parts["do"] else ""
    return None if do is None else _error(what, parts["where"] or "", do)


def spoken(text: str) -> str:
    """A sentence of twin/ in the language of now; its own text where it is not known."""
    if text in STAGES:
        return tr(STAGES[text])
    if language.name == "en" or not text:
        return text
    return _whole(text) or _said(text, SENTENCES) or declared(text)


def _error(what: str, where: str, do: str) -> str:
    place = f" ({_phrase(where)})" if where else ""
    return f"{what}{place}{tr('.')}{f' {do}' if do else ''}"


def error_spoken(error: Exception) -> str:
    """A TwinError's sentence: what, where and what to do, each in the language of now."""
    from twin.errors import TwinError

    if not isinstance(error, TwinError):
        return str(error)
    return _error(spoken(error.what), error.where, spoken(error.do))
