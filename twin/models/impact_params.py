"""Parameters of the flood impact, what it does not do, and its sources."""

from __future__ import annotations

from twin.models.base import Param

PARAMS = (
    Param(
        "floor_m", "Ground floor above the ground", 0.15, "m", low=0, high=3,
        help="Water that stays below it does no damage.", source="assumption: one step",
    ),
    Param("affected_m", "People count as affected from", 0.15, "m", low=0.01, high=3, help="Depth at the building."),
    Param(
        "displaced_m", "People have to leave from", 0.3, "m", low=0.05, high=5, help="Depth at their home.",
        source="assumption: water over the floor, no way in or out with dry feet",
    ),
    Param(
        "casualties", "Deaths", "jonkman", kind="choice", choices=("jonkman", "fd2321", "none"),
        help="Mortality functions of Jonkman et al. 2008 (Dutch and American floods), or the British method FD2321 with injuries.",
        source="Jonkman et al. 2008, doi:10.1007/s11069-008-9227-5; Defra and Environment Agency 2006, FD2321/TR1",
    ),
    Param(
        "collapse", "Houses may be destroyed by the stream", True, kind="flag", advanced=True,
        help="Brick and masonry from 2 m/s; needs the flow speed.", source="Clausen and Clark 1990",
    ),
    Param(
        "functions", "Own damage functions", "", kind="text", advanced=True,
        help="A CSV or NRML file with functions named residential, commercial, industrial, or a folder of Hazus tables. "
        "Empty: the functions of the continent.",
    ),
    Param(
        "exposed_storeys", "Storeys that water can reach", 2.0, "", low=1, high=200, advanced=True,
        help="Of a tower only these count: the curves end at 6 m.", source="assumption: reach of the damage curves",
    ),
    Param("gdp_usd", "GDP per head for default values", 0.0, "USD", low=0, high=500000, advanced=True,
          help="US$ of 2010; 0 takes the region's figure. Used only where the city gives no value, and for closed businesses."),
    Param(
        "shelter_share", "Share of the displaced who need a shelter", 0.29, "", low=0, high=1, advanced=True,
        help="Where the income of the people is not known.",
        source="Hazus, short-term shelter, income factor of the middle class; by income low .62, middle .29, high .13",
    ),
    Param(
        "outage_h", "People leave homes without power or water after", 24.0, "h", low=1, high=1000, advanced=True,
        help="Counts only where a model of power or water runs along.", source="assumption: one day",
    ),
    Param(
        "area_vulnerability", "Vulnerability of the area (FD2321)", 6.0, "", low=3, high=9, advanced=True,
        help="Sum of 1 to 3 each for warning, speed of onset and nature of the area.", source="Defra FD2321/TR1",
    ),
    Param(
        "people_vulnerability", "Share of vulnerable people (FD2321)", 0.25, "", low=0, high=1, advanced=True,
        help="Long-term ill and over 75 years.", source="assumption",
    ),
    Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
)  # fmt: skip

LIMITS = (
    "Direct damage to buildings and contents, and work that stops in them: no vehicles, streets, chains of supply or recovery.",
    "Average curves of a continent: good for comparing measures, not for pricing one building. The range of the loss, half to twice, "
    "is that which Hazus states for its own; it is summed as if all buildings erred alike.",
    "Everybody in a building counts as affected, whatever the storey; nobody moves or is warned during the run: deaths are those of a "
    "flood that surprises people.",
    "Deaths are expected numbers of an average population, by functions of river and coastal floods: in shallow rain water they are an "
    "upper bound. The force of the stream is judged for brick and masonry houses.",
    "Closed businesses: Hazus's times until a building is restored, on the storeys that water can reach; moving elsewhere is in its "
    "recapture factors only.",
    "Cellars and door barriers are not considered.",
)

CITE = (
    "Huizinga, J., de Moel, H., Szewczyk, W. (2017): Global flood depth-damage functions. EUR 28552 EN, doi:10.2760/16510.",
    "FEMA P-58-1 (2018): Seismic Performance Assessment of Buildings, peak population models (default occupancy).",
    "Jonkman, S.N., Vrijling, J.K., Vrouwenvelder, A.C.W.M. (2008): Methods for the estimation of loss of life due to floods. "
    "doi:10.1007/s11069-008-9227-5.",
    "Defra and Environment Agency (2006): Flood risks to people, FD2321/TR1.",
    "Clausen, L., Clark, P.B. (1990): The development of criteria for predicting dambreak flood damages.",
    "FEMA: Hazus flood and earthquake model technical manuals (restoration times, employees, recapture, short-term shelter).",
    "ATC-13 (1985): Earthquake damage evaluation data for California (damage states).",
)
