"""What a building is used for, from the words of its source."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

USES: dict[str, str] = {
    "residential": (
        "residential apartments apartment house houses detached semidetached_house terrace dormitory bungalow hut cabin "
        "farm static_caravan residentialfunction woonfunctie flats annexe housing villa 住宅 habitation "
        "共同住宅 店舗等併用住宅 店舗等併用共同住宅 作業所併用住宅"
    ),
    "commercial": (
        "commercial retail shop supermarket hotel motel hostel guest_house mall department_store restaurant cafe "
        "fast_food bar pub cinema kiosk marketplace market clothes convenience theatre nightclub winkelfunctie "
        "logiesfunctie leisure attraction 商业 "
        "商業施設 宿泊施設 商業系複合施設"
    ),
    "office": "office offices bank company financial insurance lawyer it kantoorfunctie skyscraper tower 办公 業務施設",
    "industrial": (
        "industrial warehouse factory manufacture storage_tank silo hangar workshop storage industriefunctie depot works 工业 "
        "工場 運輸倉庫施設 供給処理施設"
    ),
    "public": (
        "public civic government townhall library museum community_centre fire_station police courthouse prison embassy "
        "diplomatic arts_centre post_office stadium sports_centre sports_hall grandstand pavilion bijeenkomstfunctie "
        "sportfunctie 官公庁施設 文教厚生施設"
    ),
    "education": "school university college kindergarten education onderwijsfunctie 学校",
    "health": "hospital clinic doctors health gezondheidszorgfunctie nursing_home 医院",
    "transport": (
        "train_station station transportation transport parking garage garages carport bus_station subway_entrance "
        "terminal toilets bridge roof"
    ),
    "religious": "church cathedral chapel mosque temple synagogue shrine monastery religious place_of_worship basilica",
}
_OF = {word: use for use, words in USES.items() for word in words.split()}


def use_of(words: NDArray[np.object_]) -> NDArray[np.object_]:
    """One of residential commercial office industrial public education health transport religious other; '' where nothing is said."""
    said = pd.Series(words, dtype=object)
    known = said.str.lower().str.strip().map(_OF)
    return known.fillna(said.where(said == "", "other").where(said != "building", "")).to_numpy(object)
