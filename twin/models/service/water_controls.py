"""Controls and rules of an EPANET file, word by word, with other names; what is not exactly one of theirs is left out.

Grammar: Rossman et al. (2020), EPANET 2.2 User Manual, EPA/600/R-20/133, [CONTROLS] and [RULES] of appendix C.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_NODE = ("NODE", "JUNCTION", "JUNC", "RESERVOIR", "RESERV", "TANK")
_LINK = ("LINK", "PIPE", "PUMP", "VALVE")
_NODE_SAYS = ("DEMAND", "HEAD", "PRESSURE", "LEVEL", "FILLTIME", "DRAINTIME", "GRADE")
_LINK_SAYS = ("FLOW", "STATUS", "SETTING")
_SYSTEM_SAYS = ("TIME", "CLOCKTIME", "DEMAND")
_COMPARE = ("=", "<>", "<", "<=", ">", ">=", "IS", "NOT", "BELOW", "ABOVE")
_STATUS = ("OPEN", "CLOSED", "ACTIVE")
_TIME = re.compile(r"^\d+(\.\d+)?(:\d\d?){0,2}$")
_UNITS = ("AM", "PM", "SEC", "SECONDS", "MIN", "MINUTES", "HOURS", "HOUR", "DAYS", "DAY")


def controls_text(lines: Sequence[str], nodes: Mapping[str, str], links: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Simple controls with new names, and the lines that were not understood. nodes, links: new by old names."""
    good: list[str] = []
    bad: list[str] = []
    for line in lines:
        text = _control(line.split(), nodes, links)
        (bad if text is None else good).append(line if text is None else text)
    return good, bad


def _control(words: list[str], nodes: Mapping[str, str], links: Mapping[str, str]) -> str | None:
    upper = [w.upper() for w in words]
    if len(words) < 6 or upper[0] not in _LINK or words[1] not in links or not (upper[2] in _STATUS or _is_number(words[2])):
        return None
    head = f"LINK {links[words[1]]} {upper[2]}"
    if upper[3] == "IF" and len(words) == 8 and upper[4] in _NODE and words[5] in nodes and upper[6] in ("ABOVE", "BELOW"):
        return f"{head} IF NODE {nodes[words[5]]} {upper[6]} {words[7]}" if _is_number(words[7]) else None
    if upper[3] == "AT" and upper[4] in ("TIME", "CLOCKTIME") and _is_time(upper[5:]):
        return f"{head} AT {upper[4]} {' '.join(upper[5:])}"
    return None


def rules_text(lines: Sequence[str], nodes: Mapping[str, str], links: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Rules with new names, and the first lines of those that were not understood."""
    rules: list[list[str]] = []
    for line in lines:
        if line.split()[:1] and line.split()[0].upper() == "RULE":
            rules.append([line])
        elif rules:
            rules[-1].append(line)
    good: list[str] = []
    bad: list[str] = []
    for k, rule in enumerate(rules):
        written = [_clause(line.split(), nodes, links) for line in rule[1:]]
        if not written or any(w is None for w in written):
            bad.append(rule[0])
        else:
            good += [f"RULE R{k}", *(w for w in written if w is not None)]
    return good, bad


def _clause(words: list[str], nodes: Mapping[str, str], links: Mapping[str, str]) -> str | None:
    upper = [w.upper() for w in words]
    if len(words) == 2 and upper[0] == "PRIORITY" and _is_number(words[1]):
        return f"PRIORITY {words[1]}"
    if len(words) < 4 or upper[0] not in ("IF", "AND", "OR", "THEN", "ELSE"):
        return None
    if upper[1] == "SYSTEM":
        right = upper[2] in _SYSTEM_SAYS and upper[3] in _COMPARE and (_is_time(upper[4:]) or (len(words) == 5 and _is_number(words[4])))
        return f"{upper[0]} SYSTEM {' '.join(upper[2:])}" if right else None
    is_node = upper[1] in _NODE
    known = nodes if is_node else links if upper[1] in _LINK else {}
    if words[2] not in known or len(words) < 6 or upper[3] not in (_NODE_SAYS if is_node else _LINK_SAYS) or upper[4] not in _COMPARE:
        return None
    if not (upper[5] in _STATUS or _is_number(words[5]) or (upper[3] in ("FILLTIME", "DRAINTIME") and _is_time(upper[5:]))):
        return None
    return f"{upper[0]} {upper[1]} {known[words[2]]} {' '.join(upper[3:7])}"


def _is_number(word: str) -> bool:
    try:
        value = float(word)
    except ValueError:
        return False
    return value == value and abs(value) < 1e12


def _is_time(words: Sequence[str]) -> bool:
    return bool(words) and len(words) <= 2 and bool(_TIME.match(words[0])) and all(w in _UNITS for w in words[1:])
