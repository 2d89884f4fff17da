"""Identifiers erased are nowhere any more, and do not come back; the cases and everybody else's stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geozone.store import Decision, Store
from geozone.store.engine import reading
from geozone.types import ReviewAction, ReviewScope

Make = Callable[..., Any]
OWN = {
    "C0": ("Chim Hoàng Yến", "Số 7 ngõ Sơn Ca"), "C1": ("Chim Chào Mào", "Số 9 phố Vành Khuyên"),
    "C2": ("Chim Bồ Câu", "Số 7 ngõ Sơn Ca"),
}  # fmt: skip
COMMUNES = pd.DataFrame({"code": ["00007"], "lon": [105.5], "lat": [21.5], "radius_m": [1500.0]})


def decide(store: Store, answers: Make, now: datetime, ids: list[str], address: str, **more: Any) -> int:
    decision = Decision(
        ReviewAction.PIN,
        ReviewScope.ADDRESS,
        f"2021||{address.casefold()}",
        "00007",
        105.81,
        21.01,
        reason=f"hỏi {ids[0]}",
    )
    places = pd.DataFrame({"case_id": ids, "role": ["home"] * len(ids)})
    values = {"geo_commune_code": "00007", "geo_level": "address", "geo_name": address, "geo_reason": address}
    return store.put_decision(decision, answers(places, **values), at=now, actor="bình", **more)


@pytest.fixture
def people(line_list: Make) -> Any:
    rows = [
        {"case_id": case, "name": name, "phone": "09", "home": home, "report_date": f"2021-06-0{at + 1}"}
        for at, (case, (name, home)) in enumerate(OWN.items())
    ]
    return line_list(rows)


@pytest.fixture
def filled(store: Store, people: Any, answers: Make, now: datetime) -> Store:
    store.import_line_list(people, imported_at=now, actor="an")
    found = answers(store.pending_places("v1"), geo_level="address", geo_commune_code="00007")
    store.save_geocodes(found, geocoded_at=now, actor="an", inputs="v1")
    decide(store, answers, now, ["C0", "C2"], OWN["C0"][1], alias=OWN["C0"][1])
    decide(store, answers, now, ["C1"], OWN["C1"][1], alias=OWN["C1"][1])
    decide(store, answers, now, ["C1"], OWN["C1"][1], alias="xóm Đình")
    return store


def everything(store: Store) -> str:
    names = ("places", "persons", "geocodes", "decisions", "decision_places", "audit")
    tables = [getattr(store, name)() for name in names] + [store.aliases(forgotten=True)]
    return "\n".join(str(table.astype(object).to_dict("records")) for table in tables)


def ciphertexts(store: Store) -> list[bytes]:
    with reading(store._engine) as connection:
        rows = connection.exec_driver_sql(
            "SELECT person_name FROM case_persons WHERE case_id = 'C1'"
        ).scalars()
        found = [*rows, *connection.exec_driver_sql(
            "SELECT address FROM case_places WHERE case_id = 'C1' UNION ALL "
            "SELECT after FROM review_places WHERE case_id = 'C1'"
        ).scalars()]  # fmt: skip
    return [str(text).encode() for text in found]


def test_nothing_is_left_of_an_erased_case_and_everything_of_the_others(
    filled: Store, now: datetime, tmp_path: Path
) -> None:
    hidden = ciphertexts(filled)
    assert len(hidden) == 4
    erased = filled.erase_identifiers(["C1"], at=now, actor="chi", reason="asked", communes=COMMUNES)
    assert (erased.cases, erased.persons, erased.places, erased.points, erased.decisions, erased.aliases) == (
        1, 1, 1, 1, 2, 1,
    )  # fmt: skip
    left = everything(filled)
    for text in (*OWN["C1"], OWN["C1"][1].casefold(), "hỏi C1"):
        assert text not in left
    assert filled.decisions().set_index("decision")["lon"].isna().to_dict() == {1: False, 2: True, 3: True}
    for text in (*OWN["C0"], OWN["C2"][0], "xóm Đình", "hỏi C0"):
        assert text in left
    if filled._engine.dialect.name == "sqlite":
        disk = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
        assert not [text for text in hidden if text in disk]
    point = filled.geocodes().set_index("case_id").loc["C1"]
    assert (point["geo_lon"], point["geo_lat"], point["geo_uncertainty_m"], point["geo_level"]) == (
        105.5, 21.5, 1500.0, "commune",
    )  # fmt: skip
    assert len(filled.cases()) == 3
    told = filled.audit(subject="C1")
    assert told["action"].tolist()[0] == "erase-identifiers"
    assert told["detail"].iloc[0] == {"reason": "asked", "points": "commune"}
    assert told["actor"].iloc[0] == "chi"


def test_an_address_that_somebody_else_has_too_stays_decided(
    filled: Store, now: datetime, line_list: Make
) -> None:
    first = filled.erase_identifiers(["C0"], at=now, actor="chi", reason="x")
    assert (first.decisions, first.aliases) == (0, 0)
    # The same address comes again: what was decided for it still holds, from the case that is left.
    filled.import_line_list(
        line_list([{"case_id": "C9", "home": OWN["C2"][1]}], sha="b"), imported_at=now, actor="an"
    )
    pending = filled.pending_places("v1").assign(address_key=f"2021||{OWN['C2'][1].casefold()}")
    assert pending["case_id"].tolist() == ["C9"]
    assert filled.apply_standing(pending, at=now, actor="máy") == 1
    assert filled.geocodes().set_index("case_id")["geo_name"]["C9"] == OWN["C2"][1]
    undone, restored = filled.undo_decision(1, at=now, actor="chi")
    assert restored == 2, "C2 and C9, not the erased one"
    assert OWN["C0"][0] not in everything(filled)
    last = filled.erase_identifiers(["C2", "C9"], at=now, actor="chi", reason="x")
    assert last.decisions == 2, "with the taking back"
    assert OWN["C2"][1] not in everything(filled)
    assert OWN["C2"][1].casefold() not in everything(filled)
    assert undone in filled.decisions()["decision"].tolist()


def test_an_erased_case_is_not_read_again_and_an_old_list_does_not_bring_it_back(
    filled: Store, people: Any, now: datetime, line_list: Make, answers: Make
) -> None:
    filled.erase_identifiers(["C0"], at=now, actor="chi", reason="x")
    again = filled.import_line_list(people, imported_at=now, actor="an")
    assert again.new == 0
    assert OWN["C0"][0] not in everything(filled)
    assert filled.places().set_index("case_id")["address"].isna().to_dict() == {
        "C0": True,
        "C1": False,
        "C2": False,
    }
    moved = line_list([{"case_id": "C0", "name": "Chim Mới", "home": "nhà mới", "age": 40}], sha="c")
    filled.import_line_list(moved, imported_at=now, actor="an")
    assert filled.cases().set_index("case_id")["age"]["C0"] == 40
    assert "Chim Mới" not in everything(filled)
    assert filled.audit()["detail"].iloc[0]["identifiers_left_out"] == 1
    assert "C0" not in filled.pending_places("another")["case_id"].tolist()
    assert filled.erase_identifiers(["C0"], at=now, actor="chi", reason="x").cases == 0


def test_a_dry_run_tells_the_same_and_changes_nothing(filled: Store, now: datetime) -> None:
    before = filled.checksums()
    told = filled.erase_identifiers(
        list(OWN), at=now, actor="chi", reason="x", communes=COMMUNES, dry_run=True
    )
    assert filled.checksums() == before
    assert filled.erase_identifiers(list(OWN), at=now, actor="chi", reason="x", communes=COMMUNES) == told
    assert told.cases == 3
    assert told.decisions == 3


def test_the_day_decides_which_cases_are_due(filled: Store, line_list: Make, now: datetime) -> None:
    late = {"case_id": "C8", "report_date": "2021-06-01", "onset_date": "2021-06-09"}
    filled.import_line_list(line_list([late], sha="d"), imported_at=now, actor="an")
    assert filled.cases_to_erase(date(2021, 6, 3)) == ["C0", "C1"]
    filled.erase_identifiers(["C0"], at=now, actor="chi", reason="x")
    assert filled.cases_to_erase(date(2021, 6, 3)) == ["C1"]
