"""Every text of the program and of what models declare has a Chinese translation that fits."""

from __future__ import annotations

import re
import string

import pytest

from gui.i18n import CONTEXT, DECLARED, tr
from gui.translations import FOLDER, declared_texts, said, translated


@pytest.fixture(scope="module")
def chinese() -> dict[str, dict[str, str]]:
    return translated("zh_CN")


def test_that_every_text_of_the_window_has_a_translation(chinese) -> None:
    missing = [t for t in said() if not chinese[CONTEXT].get(t)]
    assert not missing, "run `python -m gui.translations` and translate assets/i18n/twin_zh_CN.ts"


def test_that_everything_declared_has_a_translation(chinese) -> None:
    missing = [t for t in declared_texts() if not chinese[DECLARED].get(t)]
    assert not missing, "run `python -m gui.translations` and translate assets/i18n/twin_zh_CN.ts"


def test_that_quantities_have_titles_in_both_languages() -> None:
    from twin.quantities import quantities

    assert all(q.title.get("en") and q.title.get("zh") for q in quantities().values())


def test_that_translations_keep_the_places_of_values(chinese) -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    wrong = [s for s, t in chinese[CONTEXT].items() if places(s) != places(t)]
    assert not wrong


def test_that_menu_keys_survive_translation(chinese) -> None:
    lost = [s for s, t in chinese[CONTEXT].items() if re.search(r"&\w", s) and not re.search(r"&[A-Z]", t)]
    assert not lost


def test_that_the_compiled_translations_are_those_of_the_source(qtbot, chinese) -> None:
    from gui.i18n import set_language

    assert (FOLDER / "twin_zh_CN.qm").exists()
    set_language("zh_CN")
    try:
        wrong = [s for s in said() if tr(s) != chinese[CONTEXT][s] and not s.startswith(" ")]
    finally:
        set_language("en")
    assert not wrong, "run `python -m gui.translations`"


def test_that_sentences_of_the_engine_and_of_the_readers_are_said_in_the_language_of_the_user(qtbot) -> None:
    from gui.i18n import set_language
    from gui.spoken import error_spoken, spoken
    from twin.errors import InputError

    assert spoken("ground") == "Ground"
    assert spoken("12 features have no geometry and were left out") == "12 features have no geometry and were left out"
    set_language("zh_CN")
    try:
        assert spoken("12 features have no geometry and were left out") == "12 个要素没有几何，已略去"
        assert spoken("Cloudburst: setting up") == f"{tr_declared('Cloudburst')}：正在准备"
        error = InputError("There is no such file or folder", where="x.tif", do="Check the name, or say demo for the demonstration city.")
        assert error_spoken(error) == "没有这个文件或文件夹 (x.tif)。 请检查名称，或输入 demo 打开演示城市。"
        assert spoken("Nobody ever said this") == "Nobody ever said this"
    finally:
        set_language("en")


def tr_declared(text: str) -> str:
    from gui.i18n import declared

    return declared(text)


def test_that_every_sentence_of_the_reader_of_citygml_is_known(qtbot) -> None:
    from gui.i18n import set_language
    from gui.spoken import spoken

    set_language("zh_CN")
    try:
        assert spoken("3 textures are not shown; surfaces have their usual colours").startswith("3 个纹理")
        assert "代码表" in spoken("7 code lists lie outside the folder of the data set and were not opened")
        assert "Window" in spoken("2 objects of the type Window are not shown")
    finally:
        set_language("en")
