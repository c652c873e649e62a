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
