"""Projects: what is saved comes back; nothing is lost to a full disk or a second window."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from twin.errors import InputError, ScenarioError, StorageError
from twin.project import Project, ProjectLock, thumbnail_of, write_atomic
from twin.scenario.scenario import Edit, Hazard, Head, Scenario


def project() -> Project:
    scenario = Scenario(
        schema=1,
        scenario=Head(name="rain", duration=1800),
        hazard=[Hazard(id="rain", model="flood", params={"rain_mm": 80})],
        edit=[Edit(id="w", kind="barrier", geometry="LINESTRING (0 0, 10 0)", cost=5, crest_m=1.5)],
    )
    return Project(
        what=["demo"],
        name="A city",
        layers={"buildings": {"visible": False, "opacity": 0.5, "order": 3, "style": {"kind": "single", "color": "#112233"}}},
        camera={"x": 1.5},
        bookmarks={"here": {"x": 2.0}},
        scenarios=[scenario],
        current="rain",
        time_s=600.0,
        thumbnail=b"\x89PNG not really",
    )


def test_that_a_project_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    saved = project()
    path = saved.save(tmp_path / "a.twin")
    back = Project.load(path)
    assert back.saved
    back.saved = saved.saved
    assert back == saved
    assert thumbnail_of(path) == saved.thumbnail


def test_that_a_project_moved_with_its_sources_finds_them_again(tmp_path: Path) -> None:
    first = tmp_path / "first"
    (first / "city").mkdir(parents=True)
    saved = project()
    saved.what = [str(first / "city")]
    saved.save(first / "a.twin")
    shutil.move(str(first), str(tmp_path / "second"))
    assert Project.load(tmp_path / "second" / "a.twin").what == [str(tmp_path / "second" / "city")]


def test_that_a_full_disk_leaves_the_old_project_untouched(tmp_path: Path) -> None:
    path = project().save(tmp_path / "a.twin")
    before = path.read_bytes()
    big = project()
    big.thumbnail = bytes(range(256)) * 400
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, hard))
    try:
        with pytest.raises(StorageError, match="could not be saved"):
            big.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.twin"]


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 torn"])
def test_that_what_is_no_project_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.twin"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a project"):
        Project.load(path)


def test_that_a_truncated_project_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = project().save(tmp_path / "a.twin")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="not a project"):
        Project.load(path)


def test_that_a_missing_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such project"):
        Project.load(tmp_path / "none.twin")


@pytest.mark.parametrize(
    ("text", "words"),
    [("[1]", "schema"), ('{"schema": 99}', "schema 99"), ('{"schema": 1, "what": 3}', "wrong 'what'"), ("{", "understood")],
)
def test_that_wrong_content_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.twin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.json", text)
    with pytest.raises(InputError, match=words):
        Project.load(path)


def test_that_a_broken_scenario_in_a_project_is_named(tmp_path: Path) -> None:
    path = project().save(tmp_path / "a.twin")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("scenarios/001.toml", "schema = 1\n[scenario]\nnam = 'x'\n")
    with pytest.raises(ScenarioError, match="001.toml"):
        Project.load(path)


def test_that_a_second_process_cannot_take_an_open_project(tmp_path: Path) -> None:
    path = tmp_path / "a.twin"
    lock = ProjectLock(path)
    assert lock.acquire()
    ask = f"from twin.project import ProjectLock; print(ProjectLock({str(path)!r}).acquire())"
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.strip() == "False"
    lock.release()
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.strip() == "True"


def test_that_writing_where_nobody_may_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="could not be saved"):
        write_atomic(tmp_path / "file" / "below.bin", b"x")
