"""What every picture carries: badge, clock, data date, credits, legend, north arrow and scale bar."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gui.scene.fonts import font
from gui.scene.sprites import QuadActor
from layers.legend import Legend

BADGES = {"LIVE": "#1f7a3d", "REPLAY": "#2d62a3", "WHAT-IF": "#9a5b12", "EXERCISE": "#a3282d"}
NICE = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000)


PARTS = ("badge", "credits", "legend", "north", "scale", "edge", "divider", "left", "right", "heading")
HEIGHTS = "Heights"
ABOVE_AND_BELOW = 120
"""Pixels of badge and scale, which a legend leaves free."""
SHOWN = ("badge", "clock", "title", "data_date", "credits", "stretch", "legends", "show_legend", "show_scale", "dark")


class Hud:
    """Set the plain attributes, then call `refresh`; the scene places the parts in each picture.

    badge: LIVE, REPLAY, WHAT-IF, EXERCISE or other short text; clock and data_date as shown; credits of the sources.
    """

    def __init__(self, request_render: Any) -> None:
        self._request = request_render
        self.badge = ""
        self.clock = ""
        self.title = ""
        self.data_date = ""
        self.stretch = 1.0
        """How many times larger heights are shown: one must know it to read the picture right."""
        self.cautions: list[str] = []
        """What one must know to read the picture right, as that heights are stretched."""
        self.credits = ""
        self.legends: list[Legend] = []
        self.show_legend = True
        self.show_scale = True
        self.dark = False
        self.sides: tuple[str, str, float] | None = None
        """Titles left and right of a divider, and its place (0 to 1)."""
        self.heading = ""
        """Of one of several views; the badge goes below it."""
        self.edges = (False, False, False, False)
        """Where another view begins: left, right, above, below."""
        self.is_active = False
        """The one of several views that mouse and keys move."""
        self._scale = 1.0
        self.words: Callable[[str], str] = str
        """Texts in the language of the user; set by the window."""
        self._parts = {name: QuadActor(3) for name in PARTS}
        self._keys: dict[str, Any] = {}
        self._images: dict[str, tuple[int, int]] = {}

    @property
    def actors(self) -> list[Any]:
        return [p.actor for p in self._parts.values()]

    def visible(self, yes: bool) -> None:
        for actor in self.actors:
            actor.SetVisibility(yes)

    def set(self, **values: Any) -> None:
        """Several attributes at once, then one new picture where any is another now."""
        is_new = False
        for name, value in values.items():
            if name not in SHOWN:
                raise AttributeError(f"the head-up display has no '{name}'")
            is_new |= getattr(self, name) != value
            setattr(self, name, value)
        if is_new:
            self._request()

    def take(self, other: Hud) -> None:
        """The same words as another display."""
        for name in (*SHOWN, "words"):
            setattr(self, name, getattr(other, name))

    def place(self, size: tuple[int, int], scale: float, heading: float, metres_per_px: float) -> list[tuple[float, float, float, float]]:
        """Draw what changed and put the parts into the corners; returns the rectangles they take."""
        self._scale = scale
        m = 12 * scale
        scaled = self.show_scale and metres_per_px > 0.02  # standing in a street, a scale bar means nothing
        bar = next((n for n in reversed(NICE) if n / max(metres_per_px, 1e-9) <= 150 * scale), NICE[0])
        self._draw("badge", (self.words(self.badge), self.clock, self.title, size[0]), lambda: self._badge(size[0] - 2 * m - 60 * scale))
        self._draw(
            "credits",
            (self.credits, self.data_date, self.stretch, self.words(HEIGHTS), tuple(self.words(c) for c in self.cautions), size[0]),
            lambda: self._credits(size[0]),
        )
        self._draw("legend", (tuple(self.legends), self.show_legend, size, self.words("Water depth")), lambda: self._legend(size))
        self._draw("north", (round(heading / 2), self.show_scale), lambda: self._north(heading))
        self._draw(
            "scale",
            (bar, round(bar / max(metres_per_px, 1e-9)), scaled),
            lambda: self._bar(bar, bar / max(metres_per_px, 1e-9)) if scaled else None,
        )
        sides = self.sides or ("", "", 0.0)
        for name, text, room in (("left", sides[0], sides[2]), ("right", sides[1], 1 - sides[2])):
            text = _cut(text, self._heading_font, room * size[0] - 2 * m - 2 * self._px(9))
            self._draw(name, (text,), lambda text=text: self._named(text, size[0]))
        room = size[0] - 2 * m - (54 * scale if self.show_scale else 0)
        self._draw("heading", (self.heading, round(room)), lambda: self._named(self.heading, room))
        self._draw("divider", (self.sides is not None,), self._grip)
        self._edge(size)
        w = {k: v[0] for k, v in self._images.items()}
        h = {k: v[1] for k, v in self._images.items()}
        top = size[1] - m - (h["heading"] + m / 2 if self.heading else 0)
        at = {
            "heading": (m, size[1] - m - h["heading"]),
            "badge": (m, top - h["badge"]),
            "credits": (size[0] - w["credits"] - m / 2, m / 2),
            "north": (size[0] - w["north"] - m, size[1] - m - h["north"]),
            "scale": (m, m / 2 + 2),
        }
        if w["scale"] > 1 and m + w["scale"] + m > at["credits"][0] and w["credits"] > 1:  # a narrow view: one above the other
            at["scale"] = (m, m + h["credits"])
        at["legend"] = (m, at["scale"][1] + h["scale"] + m)
        if self.sides is not None:
            middle = self.sides[2] * size[0]
            low = at["badge"][1] - m - max(h["left"], h["right"])
            at |= {"left": (middle - w["left"] - m, low), "right": (middle + m, low)}
            at["divider"] = (middle - w["divider"] / 2, (size[1] - h["divider"]) / 2)
        taken = []
        for name, (x, y) in at.items():
            part = self._parts[name]
            part.quads(np.array([[x, y]]), np.array([[w[name], h[name]]], float), np.array([[0, 0, w[name], h[name]]], float))
            if w[name] > 1:
                taken.append((x, y, x + w[name], y + h[name]))
        return taken

    def _draw(self, name: str, key: tuple[Any, ...], make: Any) -> None:
        whole = (*key, self.dark, self._scale)
        if self._keys.get(name) == whole:
            return
        image = make()
        pixels: NDArray[np.uint8] = np.asarray(image) if image is not None else np.zeros((1, 1, 4), np.uint8)
        self._parts[name].image(pixels)
        self._images[name] = (pixels.shape[1], pixels.shape[0])
        self._keys[name] = whole

    # -- parts ---------------------------------------------------------------------------------------------------------
    @property
    def _ink(self) -> tuple[int, int, int, int]:
        return (236, 236, 232, 255) if self.dark else (46, 44, 42, 255)

    @property
    def _plate(self) -> tuple[int, int, int, int]:
        return (28, 32, 38, 205) if self.dark else (255, 255, 255, 205)

    @property
    def _heading_font(self) -> Any:
        return font(self._px(15), True)

    def _px(self, n: float) -> int:
        return max(1, round(n * self._scale))

    def _edge(self, size: tuple[int, int]) -> None:
        """Lines towards other views, around the one in use, and along the divider."""
        part = self._parts["edge"]
        thick = self._px(1.0)
        width, height = size
        boxes = []
        if self.sides is not None:
            thick = self._px(1.5)
            boxes = [(self.sides[2] * width - thick, 0, 2 * thick, height)]
        elif self.is_active or any(self.edges):
            thick = self._px(3) if self.is_active else thick
            left, right, above, below = (self.is_active or e for e in self.edges)
            boxes += [(0, 0, thick, height)] if left else []
            boxes += [(width - thick, 0, thick, height)] if right else []
            boxes += [(0, height - thick, width, thick)] if above else []
            boxes += [(0, 0, width, thick)] if below else []
        color = (240, 140, 30, 255) if self.is_active and self.sides is None else (250, 250, 248, 255)
        if self._keys.get("edge") != color:
            part.image(np.array([[color]], np.uint8))
            self._keys["edge"] = color  # type: ignore[assignment]
        b = np.array(boxes, float).reshape(-1, 4)
        part.quads(b[:, :2], b[:, 2:], np.tile([0.0, 0.0, 1.0, 1.0], (len(b), 1)))

    def _grip(self) -> Image.Image | None:
        """What one takes to move the divider."""
        if self.sides is None:
            return None
        s = self._px(34)
        image = Image.new("RGBA", (s * 4, s * 4))
        draw = ImageDraw.Draw(image)
        draw.ellipse((4, 4, 4 * s - 4, 4 * s - 4), fill=(250, 250, 248, 255), outline=(70, 72, 76, 120), width=max(4, s // 8))
        for way in (-1, 1):
            tip, back, half = 2 * s + way * 1.15 * s, 2 * s + way * 0.45 * s, 0.55 * s
            draw.polygon([(tip, 2 * s), (back, 2 * s - half), (back, 2 * s + half)], fill=(60, 64, 70, 255))
        return image.resize((s, s), Image.Resampling.LANCZOS)

    def _named(self, text: str, room: float) -> Image.Image | None:
        """A title on a plate."""
        if not text:
            return None
        face, pad, height = self._heading_font, self._px(9), self._px(31)
        text = _cut(text, face, room - 2 * pad)
        image = Image.new("RGBA", (int(face.getlength(text)) + 2 * pad, height))
        draw = ImageDraw.Draw(image)
        draw.rounded_rectangle((0, 0, image.width - 1, height - 1), radius=self._px(5), fill=(*self._plate[:3], 235))
        draw.text((image.width / 2, height / 2), text, font=face, fill=self._ink, anchor="mm")
        return image

    def _badge(self, room: float) -> Image.Image | None:
        """Badge, title and clock in a row; a title that is too long is cut."""
        pieces: list[tuple[str, Any, str | None, str | None]] = []
        if self.badge:
            pieces.append((self.words(self.badge), font(self._px(17), True), "#ffffff", BADGES.get(self.badge.upper(), "#4b4f57")))
        pad, gap = self._px(9), self._px(6)
        plain = font(self._px(15))
        if self.title:
            used = sum(f.getlength(t) + 2 * pad + gap for t, f, _, _ in pieces)
            used += plain.getlength(self.clock) + 2 * pad + gap if self.clock else 0
            pieces.append((_cut(self.title, plain, room - used - 2 * pad), plain, None, None))
        if self.clock:
            pieces.append((self.clock, plain, None, None))
        if not pieces:
            return None
        widths = [int(f.getlength(t)) + 2 * pad for t, f, _, _ in pieces]
        height = self._px(31)
        image = Image.new("RGBA", (sum(widths) + gap * (len(pieces) - 1), height))
        draw = ImageDraw.Draw(image)
        x = 0
        for (text, face, ink, plate), width in zip(pieces, widths, strict=True):
            draw.rounded_rectangle((x, 0, x + width - 1, height - 1), radius=self._px(5), fill=plate or self._plate)
            draw.text((x + width / 2, height / 2), text, font=face, fill=ink or self._ink, anchor="mm")
            x += width + gap
        return image

    @property
    def _stretched(self) -> str:
        return "" if self.stretch == 1 else f"{self.words(HEIGHTS)} ×{self.stretch:g} ·"

    def _credits(self, room: int) -> Image.Image | None:
        text = "   ".join(t for t in (self._stretched, *(f"{self.words(c)} ·" for c in self.cautions), self.data_date, self.credits) if t)
        if not text:
            return None
        face = font(self._px(11))
        most = room * 0.62
        lines, line = [], ""
        for word in text.replace(" · ", " ·\u00a0").split(" "):
            trial = f"{line} {word}".strip()
            if line and face.getlength(trial) > most:
                lines.append(line)
                line = word
            else:
                line = trial
        lines = [*lines, line][:3]
        height, pad = self._px(15), self._px(5)
        width = int(max(face.getlength(t) for t in lines)) + 2 * pad
        image = Image.new("RGBA", (width, height * len(lines) + pad), (0, 0, 0, 0))
        draw = ImageDraw.Draw(image)
        draw.rounded_rectangle((0, 0, width - 1, image.height - 1), radius=self._px(3), fill=(*self._plate[:3], 150))
        for k, t in enumerate(lines):
            draw.text((width - pad, pad // 2 + k * height), t, font=face, fill=self._ink, anchor="ra")
        return image

    def _legend(self, size: tuple[int, int]) -> Image.Image | None:
        """Titles with their ramps or colours; small in a small view, never higher than half of it."""
        shown = [g for g in self.legends if g.colors or g.entries] if self.show_legend else []
        if not shown:
            return None
        compact = size[1] < 760 * self._scale or size[0] < 1100 * self._scale
        small, bold = font(self._px(10.5 if compact else 12)), font(self._px(11 if compact else 13), True)
        pad, line = self._px(6 if compact else 9), self._px(15 if compact else 18)
        room = self._px(130 if compact else 172)
        rows: list[tuple[str, Any]] = []
        for k, g in enumerate(shown):
            part: list[tuple[str, Any]] = [("title", t) for t in _wrapped(self.words(g.title), bold, room)]
            if g.colors:
                part += [("ramp", g.colors), ("ends", _ends(g))]
            part += [("entry", (e.color, self.words(e.text))) for e in g.entries[:10]]
            height = line * (len(rows) + len(part)) + 2 * pad
            if k and height > min(size[1] * 0.5, size[1] - self._px(ABOVE_AND_BELOW)):  # what lies lower in the list gives way
                break
            rows += [*([("gap", None)] if k else []), *part]
        heights = {"gap": pad * 2 // 3, "ramp": line - self._px(4)}
        texts = [bold.getlength(v) for kind, v in rows if kind == "title"]
        texts += [small.getlength(v[1]) + line for kind, v in rows if kind == "entry"]
        inner = min(room, max([room if any(kind == "ramp" for kind, _ in rows) else 0, *texts]))
        width = int(inner) + 2 * pad
        image = Image.new("RGBA", (width, sum(heights.get(kind, line) for kind, _ in rows) + 2 * pad))
        draw = ImageDraw.Draw(image)
        draw.rounded_rectangle((0, 0, width - 1, image.height - 1), radius=self._px(6), fill=self._plate)
        y = pad
        for kind, value in rows:
            if kind == "title":
                draw.text((pad, y), value, font=bold, fill=self._ink)
            elif kind == "ramp":
                for k, color in enumerate(value):
                    x = pad + int(inner) * k // len(value), pad + int(inner) * (k + 1) // len(value)
                    draw.rectangle((x[0], y + self._px(2), x[1], y + heights["ramp"] - self._px(1)), fill=color)
            elif kind == "ends":
                low, middle, high = value
                draw.text((pad, y), low, font=small, fill=self._ink)
                draw.text((width / 2, y), middle, font=small, fill=self._ink, anchor="ma")
                draw.text((width - pad, y), high, font=small, fill=self._ink, anchor="ra")
            elif kind == "entry":
                draw.rounded_rectangle((pad, y + 2, pad + line - self._px(6), y + line - self._px(4)), radius=2, fill=value[0])
                draw.text((pad + line, y), value[1], font=small, fill=self._ink)
            y += heights.get(kind, line)
        return image

    def _north(self, heading: float) -> Image.Image | None:
        if not self.show_scale:
            return None
        s = self._px(44)
        image = Image.new("RGBA", (s * 4, s * 4))
        draw = ImageDraw.Draw(image)
        draw.ellipse((8, 8, 4 * s - 8, 4 * s - 8), fill=self._plate)
        a = math.radians(-heading)
        c = 2 * s

        def at(angle: float, radius: float) -> tuple[float, float]:
            return c + math.sin(a + angle) * radius * c, c - math.cos(a + angle) * radius * c

        tip, left, right, tail = at(0, 0.52), at(2.5, 0.42), at(-2.5, 0.42), at(math.pi, 0.18)
        draw.polygon([tip, left, tail], fill=(168, 52, 44, 255))
        draw.polygon([tip, right, tail], fill=(206, 92, 80, 255))
        draw.text(at(0, 0.74), "N", font=font(self._px(13) * 4, True), fill=self._ink, anchor="mm")
        return image.resize((s, s), Image.Resampling.LANCZOS)

    def _bar(self, metres: int, length: float) -> Image.Image:
        width, height = round(length) + 2 * self._px(8), self._px(27)
        image = Image.new("RGBA", (width, height))
        draw = ImageDraw.Draw(image)
        draw.rounded_rectangle((0, 0, width - 1, height - 1), radius=self._px(4), fill=self._plate)
        x0, x1, y = self._px(8), self._px(8) + round(length), height - self._px(8)
        draw.line((x0, y, x1, y), fill=self._ink, width=self._px(2))
        for x in (x0, x1):
            draw.line((x, y - self._px(4), x, y + self._px(1)), fill=self._ink, width=self._px(2))
        text = f"{metres} m" if metres < 1000 else f"{metres // 1000} km"
        draw.text((width / 2, self._px(3)), text, font=font(self._px(11)), fill=self._ink, anchor="ma")
        return image


def _cut(text: str, face: Any, room: float) -> str:
    """Text that fits, with dots at its end where there was more; nothing where there is no room for a few letters."""
    if face.getlength(text) <= room:
        return text
    while len(text) > 3 and face.getlength(text + "…") > room:
        text = text[:-1]
    return text.rstrip() + "…" if len(text) > 3 else ""


def _wrapped(text: str, face: Any, room: float) -> list[str]:
    """At most three lines that fit; without spaces (Chinese) it breaks anywhere."""
    lines, line = [], ""
    for piece in text.split(" ") if " " in text else list(text):
        trial = f"{line} {piece}".strip() if " " in text else line + piece
        if line and face.getlength(trial) > room:
            lines.append(line)
            line = piece
        else:
            line = trial
    return [*lines, line][:3]


def _ends(legend: Legend) -> tuple[str, str, str]:
    """Labels below a ramp, with the unit; a ramp about zero shows its middle too."""
    low, high, unit = legend.low, legend.high, legend.unit
    if unit == "1" and 0 <= low < high <= 1:
        low, high, unit = low * 100, high * 100, "%"
    elif unit == "1":
        unit = ""
    after = f" {unit}" if unit else ""
    if low < 0 and abs(low + high) < 1e-9:
        return f"−{high:g}{after}", "0", f"+{high:g}{after}"
    return f"{low:g}{after}", "", f"{high:g}{after}"
