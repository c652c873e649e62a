"""The `twin` command. Ends 0 fine, 2 wrong input (a plain message), 1 our fault.

With --json one JSON object goes to stdout and progress to stderr. The window and pictures are imported inside the
commands that show something, so that everything else runs where there is no screen.
"""

from __future__ import annotations

import io
import json
import math
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.errors import InputError, ScenarioError, TwinError

if TYPE_CHECKING:
    from twin.city.city import City
    from twin.city.doctor.report import Verdict
    from twin.errors import Problem
    from twin.results import RunResult

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=False, help="The urban digital twin.")

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")]
What = Annotated[list[str], typer.Argument(help="Files, folders, a city.toml recipe, a project, or the word demo.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the result; must not exist yet or be an earlier result.")]
MakeUp = Annotated[
    str, typer.Option("--plausible", help="Make up what the city lacks, labelled so: power, water, masts with commas, or all.")
]


def main() -> None:
    """Entry point of the `twin` command."""
    as_json = "--json" in sys.argv
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names may hold what no encoding has
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(standalone_mode=False)  # the code of a typer.Exit
        sys.exit(code if isinstance(code, int) else 0)
    except TwinError as error:
        _fail(str(error), error.code, as_json)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        # click's usage errors; typer may carry its own copy of click.
        if hasattr(error, "format_message"):
            _fail(error.format_message(), "usage", as_json)
            sys.exit(2)
        from twin.folders import data_dir

        log = data_dir() / "last-error.txt"
        log.write_text(traceback.format_exc(), "utf-8")
        _fail(f"The program made a mistake ({type(error).__name__}: {error}). The details are in {log}.", "fault", as_json)
        sys.exit(1)


def _fail(message: str, code: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"ok": False, "code": code, "message": message}, ensure_ascii=False))
    print(message, file=sys.stderr)


def _print_json(data: Any) -> None:
    def plain(value: Any) -> Any:
        if hasattr(value, "tolist"):
            return value.tolist()
        if hasattr(value, "__dict__"):
            return vars(value)
        return str(value)

    print(json.dumps(_finite(data), ensure_ascii=False, default=plain))


def _finite(data: Any) -> Any:
    """JSON has no NaN."""
    if isinstance(data, float):
        return data if data == data and abs(data) != float("inf") else None
    if isinstance(data, dict):
        return {str(k): _finite(v) for k, v in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(v) for v in data]
    return data


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A progress line on stderr; each stage once, as a line, where stderr is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=1.0)
        told: set[str] = set()

        def tell(stage: str, fraction: float) -> None:
            bar.update(task, description=stage, completed=fraction)
            if not console.is_terminal and stage not in told:
                told.add(stage)
                print(f"{stage} ...", file=sys.stderr, flush=True)

        yield tell


def _open(what: list[str] | str) -> City:
    from twin.city.recipe import open_city
    from twin.project import Project, city_of, is_project

    with _progress() as progress:
        if is_project(what):
            return city_of(Project.load(what if isinstance(what, str) else what[0]), progress)
        return open_city(what, progress=progress)


def _with_plausible(city: City, parts: str) -> City:
    """The city with plausible networks in the place of those it lacks; says what was made and what was not."""
    from twin.city.plausible import kept, parts_named, plausible

    named = parts_named(parts)
    has = kept(city, named)
    with _progress() as progress:
        made = plausible(city, named, progress=progress)
    for sentence in [*(p.message for p in made.problems[len(city.problems) :]), *has]:
        print(f"{sentence}.", file=sys.stderr)
    return made


@app.callback(invoke_without_command=True)
def start(context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from importlib.metadata import version as installed

        print(installed("urban-twin"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        _window([])


def _window(what: list[str], **options: Any) -> None:
    import os

    if (
        sys.platform.startswith("linux")
        and not os.environ.get("DISPLAY")
        and not os.environ.get("WAYLAND_DISPLAY")
        and not os.environ.get("QT_QPA_PLATFORM")
    ):
        raise InputError(
            "There is no display to open a window on", do="Use 'twin shot', 'twin demo --headless' or 'twin run', which need none."
        )
    from gui.__main__ import main as window

    raise typer.Exit(window(what, **options))


@app.command("open")
def open_(what: What) -> None:
    """Open a city, project, scenario or result in the window."""
    from twin.net.address import is_url

    for item in what:
        if item.partition(":")[0] != "demo" and not is_url(item) and not Path(item).exists():
            raise InputError(f"There is no file or folder '{item}'", do="Check the path.")
    _window(what)


@app.command()
def info(what: What, as_json: Json = False) -> None:
    """Counts, reference system, extent, heights, layers, problems."""
    from twin.city.info import describe
    from twin.terminal import facts, findings

    city = _open(what)
    data = describe(city)
    if as_json:
        _print_json(data)
    else:
        _say(facts(data))
        _say(findings(city.problems))


def _say(lines: Iterable[str]) -> None:
    """Lines with what is wrong in colour, where the terminal has any."""
    colors = {"error": "red", "warning": "yellow", "UNUSABLE": "red"}
    for line in lines:
        word = line.strip().partition(":")[0].partition("  ")[0]
        color = colors.get(word)
        typer.echo(line.replace(word, typer.style(word, fg=color), 1) if color else line)


@app.command()
def check(
    what: What,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as one HTML file.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Make the safe repairs, then tell what is left.")] = False,
    recipe: Annotated[Path | None, typer.Option("--recipe", help="Write a city.toml that opens all of it so, repairs included.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the HTML report: en or zh.")] = "en",
    as_json: Json = False,
) -> None:
    """Import report of each source by itself, all checks made; ends 2 if any is unusable."""
    from twin.city.doctor.report import as_json as plain
    from twin.city.doctor.report import write_html
    from twin.terminal import findings

    verdicts = [_examined(item, repair) for item in what]
    if html is not None:
        write_html(html, verdicts, lang)
    if recipe is not None:
        _write_recipe([v.city for v in verdicts if v.city is not None], recipe, [p for v in verdicts for p in v.problems])
    if as_json:
        _print_json(plain(verdicts))
    else:
        for v in verdicts:
            _say([f"{'usable  ' if v.is_usable else 'UNUSABLE'}  {v.source}"])
            if v.city is not None and v.city.repairs:
                print(f"    repaired: {', '.join(v.city.repairs)}")
            _say(findings(v.problems, "    ", details=True))
    raise typer.Exit(0 if all(v.is_usable for v in verdicts) else 2)


def _examined(item: str, repair: bool) -> Verdict:
    """All that can be said of one thing."""
    from twin.city.doctor import asked, examined, repaired
    from twin.city.doctor.report import Verdict
    from twin.city.store import is_store, verify_store
    from twin.errors import Problem

    try:
        if is_store(Path(item)):
            verify_store(item)  # opening compares only sizes of a large one
        city = _open([item])
    except TwinError as error:
        several = getattr(error, "problems", ())
        return Verdict(item, None, several or (Problem(error.code, "error", 1, str(error)),))
    with _progress() as progress:
        city = examined(city, progress=lambda code, share: progress("Checking", share))
        for _ in range(3 if repair else 0):  # what one repair leaves another may mend
            names = asked(city, safe_only=True)
            mended = repaired(city, names)
            if mended is city:
                break
            city = examined(mended)
    return Verdict(item, city, city.problems)


def _write_recipe(cities: list[City], path: Path, problems: list[Problem]) -> None:
    from twin.city.recipe import Recipe, recipe_of, recipe_toml
    from twin.project import write_atomic

    told = [r for r in map(recipe_of, cities) if r is not None]
    if not told:
        raise InputError("A recipe needs sources that are files", do="The demonstration city and city stores have none.")
    repairs = list(dict.fromkeys(name for r in told for name in r.repairs))
    whole = told[0].model_copy(update={"source": [s for r in told for s in r.source], "repairs": repairs})
    text = recipe_toml(Recipe.model_validate(whole.model_dump()), path.absolute().parent, problems)
    write_atomic(path, text.encode("utf-8"))
    if any("=" in p.repair and f"# {p.repair.partition('=')[0]} = " in text for p in problems):
        print(f"{path.name} has lines that begin with #: what would mend a source. Take the # away where it is right.", file=sys.stderr)


@app.command()
def build(
    what: What,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the city store.")],
    make_up: MakeUp = "",
    as_json: Json = False,
) -> None:
    """Write a city store that opens fast."""
    from twin.city.store import save_city

    city = _open(what)
    city = _with_plausible(city, make_up) if make_up else city
    save_city(city, out)
    if as_json:
        _print_json({"ok": True, "out": str(out), "buildings": len(city.buildings)})
    else:
        print(f"{city.name}: {len(city.buildings):,} buildings written to {out}")


@app.command()
def export(
    what: What,
    out: Annotated[Path, typer.Option("--out", "-o", help="File or folder to write; its ending tells the format.")],
    format_: Annotated[str, typer.Option("--format", help="cityjson, geopackage, geoparquet, gltf, 3dtiles, obj ...")] = "",
    as_json: Json = False,
) -> None:
    """Write a city in a format other programs read; what it cannot hold is told."""
    from twin.city.writers import write_city, writer_of

    writer = writer_of(out, format_)
    city = _open(what)
    with _progress() as progress:
        problems = write_city(city, out, format_, progress)
    if as_json:
        told = [vars(p) for p in problems]
        _print_json({"ok": True, "out": str(out), "format": writer.name, "buildings": len(city.buildings), "problems": told})
        return
    print(f"{city.name}: {len(city.buildings):,} buildings written to {out} ({writer.title})")
    for p in problems:
        print(f"    {p.severity}: {p.message}", file=sys.stderr)


@app.command()
def get(
    source: Annotated[str, typer.Argument(help="osm, 3dbag, plateau, 3dtiles or url.")],
    what: Annotated[str, typer.Argument(help="A place, the number of a building or tile, the code of a city, or an address.")] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder to make; named after the city where it is not said.")] = None,
    bbox: Annotated[str, typer.Option(help="west,south,east,north in degrees.")] = "",
    modules: Annotated[str, typer.Option(help="Of PLATEAU: bldg,dem,brid,tran ... or all.")] = "",
    levels: Annotated[int | None, typer.Option(min=0, help="Of 3D Tiles: how many levels of detail below the root.")] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask again even where the answer is kept.")] = False,
    open_it: Annotated[bool, typer.Option("--open", help="Open the city in the window.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch a city by name or address into a folder, with a recipe that says whose data it is."""
    from twin.net.client import Client
    from twin.net.get import Wanted, folder_for, get_city, parse_box

    wanted = Wanted(source, what, parse_box(bbox) if bbox else None, tuple(m.strip() for m in modules.split(",") if m.strip()), levels)
    with _progress() as progress, Client(progress, refresh=refresh) as client:
        recipe = get_city(wanted, out if out is not None else folder_for(wanted), client)
    if as_json:
        from twin.city.recipe import read_recipe

        told = [s.model_dump(exclude_defaults=True) for s in read_recipe(recipe).source]
        _print_json({"ok": True, "out": str(recipe.parent), "recipe": str(recipe), "sources": told})
    else:
        print(f"Fetched into {recipe.parent}; open it with: twin open {recipe.parent}")
    if open_it:
        _window([str(recipe.parent)])


def _scenario(name: str, changes: list[str], seed: int | None) -> Any:
    """A scenario file, or a ready one by name, with --set and --seed applied."""
    from twin.scenario.scenario import load_scenario, ready_scenarios

    path = Path(name)
    if not path.exists():
        ready = ready_scenarios()
        if name not in ready:
            raise ScenarioError(f"There is no scenario '{name}'", do=f"Give a file or one of: {', '.join(ready)}.")
        path = ready[name]
    scenario = load_scenario(path)
    for change in changes:
        target, equals, value = change.partition("=")
        model, dot, param = target.partition(".")
        hazards = [h for h in scenario.hazard if model in (h.model, h.id)]
        if not (equals and dot and hazards):
            raise ScenarioError(
                f"'--set {change}' is not understood",
                do=f"Write model.param=value with a model of the scenario: {', '.join(h.model for h in scenario.hazard)}.",
            )
        for hazard in hazards:
            hazard.params[param] = value
    if seed is not None:
        scenario.scenario.seed = seed
    return scenario


def run_to_end(city: City, scenario: Any, out: Path) -> RunResult:
    """Run a scenario with a progress line; its notices go to stderr. Raises ModelError when it fails."""
    from twin.errors import ModelError
    from twin.scenario.engine import run as events
    from twin.scenario.events import Finished, Notice, Progress

    with _progress() as progress:
        for event in events(city, scenario, out):
            if isinstance(event, Progress):
                progress(event.stage, event.fraction)
            elif isinstance(event, Notice):
                print(f"{event.level}: {event.text}", file=sys.stderr)
            elif isinstance(event, Finished):
                if not event.ok or event.result is None:
                    raise ModelError(event.message.rstrip("."))
                return event.result  # type: ignore[no-any-return]
    raise ModelError("The run ended without a result")


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a ready one.")],
    city: Annotated[list[str], typer.Option("--city", help="What to open; repeat for several sources.")],
    out: Out,
    changes: Annotated[list[str], typer.Option("--set", help="model.param=value, may be repeated.")] = [],  # noqa: B006
    seed: Annotated[int | None, typer.Option(help="Seed of all random numbers.")] = None,
    leans: Annotated[Path | None, typer.Option("--dependencies", help="CSV table of who leans on whom.")] = None,
    make_up: MakeUp = "",
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Take pictures for the report.")] = True,
    as_json: Json = False,
) -> None:
    """Run a scenario on a city; result folder, indicators and report."""
    began = time.perf_counter()
    what = _scenario(scenario, changes, seed)
    place = _open(city)
    place = _with_plausible(place, make_up) if make_up else place
    if leans is not None:
        from twin.city.dependencies import LAYER, read_csv, with_dependencies

        place, wrong = with_dependencies(place, read_csv(leans), leans.name)
        if not len(place.layers[LAYER]):
            raise InputError("No row of the table of dependencies can be used", where=str(leans), do="; ".join(wrong[:3]) + ".")
        for sentence in wrong:
            print(f"warning: {sentence}.", file=sys.stderr)
    result = run_to_end(place, what, out)
    _conclude(place, result, pictures, began, as_json)


@app.command()
def ensemble(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a ready one.")],
    city: Annotated[list[str], typer.Option("--city", help="What to open; repeat for several sources.")],
    out: Out,
    count: Annotated[int, typer.Option("-n", "--members", help="How many runs.")] = 50,
    years: Annotated[str, typer.Option(help="Return periods of the rain instead, like 2,10,100: how often water comes.")] = "",
    spreads: Annotated[list[str], typer.Option("--spread", help="hazard.param=normal(120,25), may be repeated.")] = [],  # noqa: B006
    changes: Annotated[list[str], typer.Option("--set", help="model.param=value, may be repeated.")] = [],  # noqa: B006
    seed: Annotated[int | None, typer.Option(help="Seed of all random numbers.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one a core.")] = 0,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Take pictures for the report.")] = True,
    as_json: Json = False,
) -> None:
    """Run a scenario many times: how sure its answer is, how often water comes, and what it costs a year."""
    from twin.scenario.ensemble import ensemble as all_members
    from twin.scenario.ensemble import returns
    from twin.scenario.scenario import Uncertain

    began = time.perf_counter()
    what = _scenario(scenario, changes, seed)
    for text in spreads:
        param, equals, spread = text.partition("=")
        if not equals:
            raise ScenarioError(f"'--spread {text}' is not understood", do="Write hazard.param=normal(MEAN,SD).")
        what.uncertain = [u for u in what.uncertain if u.param != param] + [Uncertain(param=param, spread=spread)]
    try:
        periods = [float(y) for y in years.split(",") if y.strip()]
    except ValueError:
        raise ScenarioError(f"'--years {years}' is not understood", do="Write years with commas: 2,10,100.") from None
    place = _open(city)
    with _progress() as progress:
        if periods:
            result = returns(place, what, out, periods, workers, progress)
        else:
            result = all_members(place, what, out, count, workers, progress)
    _conclude(place, result, pictures, began, as_json)


def _conclude(place: City, result: RunResult, pictures: bool, began: float, as_json: bool) -> None:
    """Pictures of a result and what it says. began: of time.perf_counter."""
    if pictures:
        from gui.headless import illustrate

        illustrate(place, result)
    seconds = time.perf_counter() - began
    if as_json:
        _print_json({"ok": True, "message": "finished", "indicators": _indicators(result), "out": str(result.path), "seconds": seconds})
        return
    from twin.figures import by_theme

    for name in [n for _, names in by_theme({n: i.value for n, i in result.indicators.items()}) for n in names]:
        i = result.indicators[name]
        spread = f"   {i.low:,.2f} to {i.high:,.2f}" if i.low is not None and i.high is not None else ""
        print(f"{name:32} {i.value:>16,.2f} {i.unit}{spread}")
    print(f"\n{result.path / 'report.html'}   ({seconds:.1f} s)")


def _indicators(result: RunResult) -> dict[str, Any]:
    return {name: {"value": i.value, "unit": i.unit, "low": i.low, "high": i.high} for name, i in result.indicators.items()}


@app.command()
def compare(
    base: Annotated[Path, typer.Argument(help="Result folder of the baseline.")],
    other: Annotated[Path, typer.Argument(help="Result folder of the alternative.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for tables and difference maps.")] = None,
    as_json: Json = False,
) -> None:
    """Indicators and differences of two results."""
    from twin.results import open_result
    from twin.scenario.compare import compare as compared

    comparison = compared(open_result(base), open_result(other))
    if out is not None:
        comparison.save(out)
    if as_json:
        _print_json({"indicators": comparison.table.to_dict("records"), "out": str(out) if out else None})
    else:
        print(comparison.table.to_string(index=False))


@app.command()
def critical(
    what: What,
    hours: Annotated[int, typer.Option(min=1, max=24 * 14, help="Hours that a failure lasts.")] = 24,
    top: Annotated[int, typer.Option(min=0, max=500, help="Run so many of the worst whole, with hydraulics.")] = 0,
    pairs: Annotated[bool, typer.Option("--pairs", help="Also every two of the worst together.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one a core.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV file of the ranking.")] = None,
    as_json: Json = False,
) -> None:
    """Which single object hurts most when it fails, and which two together."""
    from twin.scenario.criticality import ranking, run_whole

    city = _open(what)
    with _progress() as progress:
        found = ranking(city, None, hours, pairs, progress)
        if top:
            found = run_whole(city, found, top, hours, workers, lambda stage, share: progress(stage, share) if stage else None)
    rows: list[dict[str, Any]] = [
        {
            "objects": list(h.objects), "names": list(h.names), "kinds": list(h.kinds), "person_hours": h.person_hours, **{
                f"person_hours_without_{k}": v for k, v in h.by_service.items()
            }, "facility_hours_down": h.facility_hours_down, "hospitals_down": h.hospitals_down, "run_whole": bool(h.whole),
        }
        for h in found
    ]  # fmt: skip
    if out is not None:
        import pandas as pd

        from twin.project import write_atomic

        lines = pd.DataFrame([{k: " + ".join(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows])
        write_atomic(out, lines.to_csv(index=False).encode("utf-8"))
    if as_json:
        _print_json({"ok": True, "hours": hours, "objects": rows, "out": None if out is None else str(out)})
        return
    for row in rows[:30]:
        print(f"{row['person_hours']:>16,.0f} person-hours  {row['facility_hours_down']:>8,.0f} h down  {' + '.join(row['names'])}")


@app.command()
def restore(
    what: What,
    objects: Annotated[str, typer.Option("--objects", help="What is broken: ids with commas.")],
    changes: Annotated[list[str], typer.Option("--set", help="repairs.param=value, may be repeated.")] = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """In which order crews should mend what is broken, so that people wait least."""
    from twin.scenario.restoration import best_order

    params: dict[str, object] = {}
    for change in changes:
        name, equals, value = change.removeprefix("repairs.").partition("=")
        if not equals:
            raise ScenarioError(f"'--set {change}' is not understood", do="Write repairs.param=value.")
        params[name] = value
    city = _open(what)
    with _progress() as progress:
        order = best_order(city, [o.strip() for o in objects.split(",") if o.strip()], params, lambda s, x: progress(s, max(0.0, x)))
    if as_json:
        from dataclasses import asdict

        _print_json({"ok": True, **asdict(order)})
        return
    for name, hour in zip(order.objects, order.back_h, strict=True):
        print(f"{hour:>8.1f} h  {name}")
    spared = order.usual_person_hours - order.person_hours
    print(f"\n{order.person_hours:,.0f} person-hours without service; {spared:,.0f} fewer than in the usual order. "
          f"{'Every order was tried' if order.is_best else 'The best found'} ({order.trials:,} tried).")  # fmt: skip
    print(f'In a scenario: model = "repairs", params = {{ order = "listed", listed = "{",".join(order.objects)}" }}')


@app.command()
def site(
    what: What,
    changes: Annotated[list[str], typer.Option("--set", help="param=value: service, count, goal, target_min, hour; may be repeated.")] = [],  # noqa: B006
    result: Annotated[Path | None, typer.Option("--result", help="Result folder whose roads count, as they were at their worst.")] = None,
    as_json: Json = False,
) -> None:
    """Where more ambulance or fire stations should stand, so that more people are reached in time."""
    from twin.results import open_result
    from twin.scenario.siting import best_sites, roads_at_worst, told

    params: dict[str, object] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise ScenarioError(f"'--set {change}' is not understood", do="Write param=value.")
        params[name] = value
    city = _open(what)
    network = city.networks.get("roads")
    roads = None if result is None else roads_at_worst(open_result(result), 0 if network is None else len(network.edges))
    if roads is not None and not roads:
        raise ScenarioError("The result says nothing of the roads of this city", do="Give one of a flood run on this city.")
    with _progress() as progress:
        found = best_sites(city, params, roads, progress)
    x, y = city.frame.to_crs(*found.xy.T)
    if as_json:
        places = [[float(a), float(b)] for a, b in zip(x, y)]
        before, after = found.in_time
        _print_json({
            "ok": True, "service": found.service, "goal": found.goal, "crs": city.frame.crs, "places": places, "in_time": [before, after],
            "median_min": [m if math.isfinite(m) else None for m in found.median_min], "unreached": list(found.unreached), "gap": found.gap,
        })
        return
    for a, b in zip(x, y):
        print(f"{a:14.1f} {b:14.1f}")
    print(told(found))


@app.command()
def dependencies(what: What, out: Annotated[Path, typer.Option("--out", "-o", help="CSV file to write.")], as_json: Json = False) -> None:
    """Who leans on whom, as a table to edit: the city's own, or what is assumed by place and kind."""
    from twin.city.dependencies import csv_of
    from twin.project import write_atomic

    text, count = csv_of(_open(what))
    write_atomic(out, text.encode("utf-8"))
    if as_json:
        _print_json({"ok": True, "rows": count, "out": str(out)})
    else:
        print(f"{count:,} dependencies written to {out}")


def _size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT. Raises InputError."""
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit() and 16 <= int(width) <= 8192 and 16 <= int(height) <= 8192):
        raise InputError(f"'{text}' is not a picture size", do="Write WIDTHxHEIGHT, for example 1600x900; at most 8192x8192.")
    return int(width), int(height)


def _check_style(style: str) -> None:
    from layers.citylook import LOOKS

    if style not in LOOKS:
        *some, last = LOOKS
        raise InputError(f"'{style}' is no style", do=f"Write {', '.join(some)} or {last}.")


@app.command()
def film(
    what: What,
    out: Annotated[Path, typer.Option("--out", "-o", help="MP4 file (extra 'video'), or a folder for PNG pictures.")],
    around: Annotated[float | None, typer.Option("--turntable", help="Once around, in so many seconds.")] = None,
    path: Annotated[
        str | None,
        typer.Option(
            help="Through these places: bookmarks of the project opened, or cameras as those of 'twin shot' (then with ; between)."
        ),
    ] = None,
    timelapse: Annotated[bool, typer.Option("--timelapse", help="The result of --result from its beginning to its end.")] = False,
    sun: Annotated[str | None, typer.Option(help="The sun of a day, YYYY-MM-DD, from before its rise until after its set.")] = None,
    seconds: Annotated[float, typer.Option(help="Length of a path, time-lapse or day.")] = 12.0,
    camera: Annotated[str, typer.Option(help="Where it begins, or stands: as for 'twin shot'.")] = "iso",
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels; odd ones lose one.")] = "1920x1080",
    fps: Annotated[int, typer.Option(help="Frames a second.")] = 30,
    result: Annotated[Path | None, typer.Option(help="Result folder to show.")] = None,
    at: Annotated[str | None, typer.Option("--time", help="Time of the result: seconds or ISO 8601 duration.")] = None,
    layer: Annotated[list[str] | None, typer.Option("--layer", help="Layers of the result to show, by quantity; may be repeated.")] = None,
    style: Annotated[str, typer.Option(help="Look of the city: clay, realistic or operations.")] = "realistic",
    draft: Annotated[bool, typer.Option("--draft", help="Without smoothing: four times as fast.")] = False,
    as_json: Json = False,
) -> None:
    """A film without a screen: once around, along places, a result in time-lapse, or the sun of a day."""
    from datetime import date

    from twin.scenario.duration import parse_duration

    _check_style(style)
    chosen = [k for k, v in (("turntable", around), ("path", path), ("timelapse", timelapse or None), ("sun", sun)) if v is not None]
    if len(chosen) != 1:
        raise InputError(
            "A film needs one thing that moves", do="Give one of --turntable SECONDS, --path A,B,C, --timelapse and --sun DATE."
        )
    dimensions = _size(size)
    try:
        day = date.fromisoformat(sun) if sun is not None else None
    except ValueError:
        raise InputError(f"'{sun}' is not a day", do="Write YYYY-MM-DD, for example 2026-06-21.") from None
    time_s = parse_duration(at) if at is not None else None
    store = None
    if result is not None:
        from twin.results import open_result

        store = open_result(result)
    from gui.film import even, ffmpeg_for, frames_of

    frames_of(seconds if around is None else around, fps)
    even(dimensions)
    ffmpeg_for(out)
    city = _open(what)
    from gui.headless import film as make
    from gui.shot import bookmarked

    names = [camera] if path is None else [p.strip() for p in path.split(";" if ";" in path else ",") if p.strip()]
    stops = [bookmarked(what, name, city)[0] for name in names]
    with _progress() as progress:
        make(
            city, out, chosen[0], stops, seconds if around is None else around, dimensions, fps, store, layer, time_s, day, style,
            not draft, progress,
        )  # fmt: skip
    if as_json:
        _print_json({"ok": True, "out": str(out)})
    else:
        print(out)


@app.command()
def shot(
    what: What,
    out: Annotated[Path, typer.Option("--out", "-o", help="PNG file.")],
    camera: Annotated[
        str,
        typer.Option(help="iso, top, north, south, east, west, street, LON,LAT,HEIGHT,HEADING,PITCH, or a bookmark of the project opened."),
    ] = "iso",
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels.")] = "1600x900",
    result: Annotated[Path | None, typer.Option(help="Result folder to show.")] = None,
    at: Annotated[str | None, typer.Option("--time", help="Time of the result: seconds or ISO 8601 duration.")] = None,
    layer: Annotated[list[str] | None, typer.Option("--layer", help="Layers of the result by quantity, or hidden ones of a city.")] = None,
    sun: Annotated[str | None, typer.Option(help="Sun and sky of a moment, ISO 8601 in the city's time: 2026-06-21T17:00.")] = None,
    style: Annotated[str, typer.Option(help="Look of the city: clay, realistic or operations.")] = "realistic",
    scale: Annotated[int, typer.Option(help="1, 2 or 4 times as many pixels of the same picture, text included.")] = 1,
    as_json: Json = False,
) -> None:
    """A picture without a screen."""
    _check_style(style)
    if scale not in (1, 2, 4):
        raise InputError(f"A scale of {scale} is not made", do="Write 1, 2 or 4.")
    from twin.scenario.duration import parse_duration

    width, height = _size(size)
    if not out.suffix.lower() == ".png":
        raise InputError(f"'{out}' does not end in .png", do="Pictures are written as PNG.")
    store = None
    if result is not None:
        from twin.results import open_result

        store = open_result(result)
    time_s = parse_duration(at) if at is not None else None
    city = _open(what)
    from gui.shot import bookmarked, moment_of, sun_of
    from gui.shot import shot as picture

    light, clock = (sun_of(city, sun), sun.replace("T", " ") if store is None else "") if sun is not None else (None, "")
    civil = moment_of(city, sun).replace(tzinfo=None) if sun is not None else None
    place, shown = bookmarked(what, camera, city)
    picture(
        city, out, place, (width, height), shown if store is None else None, store, time_s, "WHAT-IF" if store is not None else "",
        clock=clock, quantities=layer, scale=scale, light=light, look=style, civil=civil,
    )  # fmt: skip
    if as_json:
        _print_json({"ok": True, "out": str(out)})
    else:
        print(out)


@app.command("models")
def models_(
    name: Annotated[str | None, typer.Argument(help="One model.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="JSON Schema of scenario files.")] = False,
    as_json: Json = False,
) -> None:
    """The models, with parameters, units, limits and sources."""
    from twin.models.base import model_named, models

    if schema:
        from twin.scenario.scenario import Scenario

        print(json.dumps(Scenario.model_json_schema(by_alias=True), indent=2))
        return
    chosen = [model_named(name)] if name else list(models().values())
    if as_json:
        _print_json(
            {
                m.name: {
                    "title": m.title,
                    "version": m.version,
                    "question": m.question,
                    "reads": m.reads,
                    "needs": [vars(n) for n in m.needs],
                    "gives": m.gives,
                    "params": [vars(p) for p in m.params],
                    "limits": m.limits,
                    "cite": m.cite,
                    "accepts": m.accepts,
                }
                for m in chosen
            }
        )
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for m in chosen:
        console.print(f"[bold]{m.name}[/] {m.version}  {m.title}\n  {m.question}")
        if name:
            table = Table("parameter", "default", "unit", "range", "meaning", "source")
            for p in m.params:
                bounds = ", ".join(p.choices) if p.choices else "" if p.low is None and p.high is None else f"{p.low} to {p.high}"
                table.add_row(p.name, str(p.default), p.unit, bounds, p.help or p.title, p.source)
            console.print(table)
            for title, lines in (("Limits", m.limits), ("Sources", m.cite)):
                console.print(f"[bold]{title}[/]")
                for line in lines:
                    console.print(f"  - {line}", highlight=False)


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="No window: pictures and a report.")] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for pictures and report (with --headless).")] = Path("out/demo"),
    size: Annotated[float, typer.Option(help="Square kilometres of the designed city; from 1000 on, buildings of a larger one.")] = 25.0,
    as_json: Json = False,
) -> None:
    """The demonstration city with a cloudburst: in the window, or as pictures and a report. A large one is shown without."""
    if not headless:
        _window(["demo"] if size == 25.0 else [f"demo:{int(size) if size >= 1000 else f'{size:g}'}"])
    from gui.headless import demonstrate, picture_many

    with _progress() as progress:
        summary = picture_many(out, int(size), progress) if size >= 1000 else demonstrate(out, size, progress)
    if as_json:
        _print_json(summary)
    else:
        for picture in summary["pictures"]:
            print(picture)
        print(summary.get("report", f"{summary.get('buildings', 0):,} buildings"))


if __name__ == "__main__":
    main()
