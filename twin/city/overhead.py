"""What is only looked at: point clouds and imagery, in local metres."""

from __future__ import annotations

import numpy as np

from twin.city.cloud import Cloud
from twin.city.picture import Picture
from twin.city.placing import flat
from twin.city.readers.parts import CloudPart, ImagePart
from twin.frame import LocalFrame

MAX_PIXELS = 16_000_000
Bounds = tuple[float, float, float, float]


def cloud_of(part: CloudPart, frame: LocalFrame) -> Cloud:
    x, y = frame.to_local(part.points[:, 0], part.points[:, 1], flat(part.crs))
    points = np.column_stack([x, y, part.points[:, 2]]).astype(np.float32)
    return Cloud(points, part.kind, part.color, part.total, part.source)


def picture_of(part: ImagePart, frame: LocalFrame, near: Bounds | None) -> Picture | None:
    """The part of an image over the city (and a tenth around it), at most MAX_PIXELS; None where it has nothing there."""
    raise NotImplementedError
