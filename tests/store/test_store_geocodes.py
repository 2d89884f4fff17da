"""Geocodes: pending until answered, pending again when the place or the inputs change, pins are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from geozone.errors import DataError, NotFoundError
from geozone.schema import GEOCODES
from geozone.store import Store

Make = Callable[..., Any]


@pytest.fixture
def filled(store: Store, line_list: Make, now: datetime) -> Store:
    rows = [{"case_id": f"C{i}", "home": f"thôn {i}", "work": f"KCN {i}"} for i in range(3)]
    store.import_line_list(line_list(rows), imported_at=now, actor="an")
    return store


def save(store: Store, table: pd.DataFrame, now: datetime, inputs: str = "v1", **more: Any) -> Any:
    return store.save_geocodes(table, geocoded_at=now, actor="an", inputs=inputs, **more)


def test_places_are_pending_until_they_are_answered(filled: Store, answers: Make, now: datetime) -> None:
    pending = filled.pending_places("v1")
    assert len(pending) == 6
    report = save(filled, answers(pending.head(4)), now)
    assert (report.saved, report.kept_manual, report.outdated) == (4, 0, 0)
    left = filled.pending_places("v1")
    assert left["case_id"].tolist() == pending["case_id"].tolist()[4:]
    found = filled.geocodes()
    GEOCODES.validate(found)
    assert found.columns.tolist() == [
        "case_id",
        "role",
        *(column.name for column in GEOCODES.columns),
        "manual",
        "outdated",
    ]
    assert not found["manual"].any()
    assert not found["outdated"].any()
    pd.testing.assert_frame_equal(
        found[[column.name for column in GEOCODES.columns]],
        answers(pending.head(4))[[column.name for column in GEOCODES.columns]],
    )


def test_other_inputs_make_all_pending_and_an_unplaced_answer_is_an_answer(
    filled: Store, answers: Make, now: datetime
) -> None:
    none = {"geo_status": "none", "geo_level": "none", "geo_score": 0.0, "geo_commune_code": None}
    save(filled, answers(filled.pending_places("v1"), **none, geo_lon=None, geo_lat=None), now)
    assert filled.pending_places("v1").empty
    assert len(filled.pending_places("v2")) == 6


def test_a_changed_address_or_date_is_pending_again(
    filled: Store, answers: Make, line_list: Make, now: datetime
) -> None:
    save(filled, answers(filled.pending_places("v1")), now)
    rows = [
        {"case_id": "C0", "home": "thôn mới", "work": "KCN 0"},
        {"case_id": "C1", "home": "thôn 1", "work": "KCN 1", "report_date": "2021-06-09"},
        {"case_id": "C2", "home": "thôn 2", "work": "KCN 2", "age": 50},
    ]
    filled.import_line_list(line_list(rows, sha="b"), imported_at=now, actor="an")
    pending = filled.pending_places("v1")
    assert list(zip(pending["case_id"], pending["role"], strict=True)) == [
        ("C0", "home"),
        ("C1", "home"),
        ("C1", "work"),
    ]
    outdated = filled.geocodes().query("outdated")
    assert outdated["case_id"].tolist() == ["C0", "C1", "C1"]


def test_an_answer_for_a_place_that_changed_meanwhile_is_left_out(
    filled: Store, answers: Make, line_list: Make, now: datetime
) -> None:
    pending = filled.pending_places("v1")
    table = answers(pending)
    rows = [{"case_id": "C0", "home": "thôn mới"}, {"case_id": "C1", "work": "KCN mới"}]
    filled.import_line_list(line_list(rows, sha="b"), imported_at=now, actor="other")
    report = save(filled, table, now, made_from=pending)
    # C0 home and C1 work changed; C0 work and C1 home were removed, for the file speaks of both.
    assert (report.saved, report.outdated) == (2, 4)
    left = filled.pending_places("v1")
    assert list(zip(left["case_id"], left["role"], strict=True)) == [("C0", "home"), ("C1", "work")]


def test_a_pin_is_never_overwritten_by_a_batch(
    filled: Store, answers: Make, line_list: Make, now: datetime
) -> None:
    pending = filled.pending_places("v1")
    save(filled, answers(pending), now)
    pin = answers(pending.head(1), geo_commune_code="00099", geo_reason="chosen by hand")
    assert save(filled, pin, now, inputs="manual", manual=True).saved == 1
    report = save(filled, answers(pending, geo_commune_code="00002"), now, inputs="v2")
    assert (report.saved, report.kept_manual) == (5, 1)
    found = filled.geocodes()
    assert found["geo_commune_code"].tolist() == ["00099"] + ["00002"] * 5
    assert found["manual"].tolist() == [True] + [False] * 5
    assert filled.pending_places("v3")["case_id"].tolist() == pending["case_id"].tolist()[1:]
    filled.import_line_list(
        line_list([{"case_id": "C0", "home": "thôn mới"}], sha="b"), imported_at=now, actor="an"
    )
    assert filled.pending_places("v2").empty
    assert filled.geocodes()["outdated"].tolist() == [True] + [False] * 5
    entry = filled.audit(subject="C0").query("action == 'place-set-by-hand'").iloc[0]["detail"]
    assert (entry["old"]["geo_commune_code"], entry["new"]["geo_commune_code"]) == ("00001", "00099")


def test_a_pin_can_be_set_again_by_hand(filled: Store, answers: Make, now: datetime) -> None:
    place = filled.pending_places("v1").head(1)
    save(filled, answers(place, geo_commune_code="00005"), now, manual=True)
    save(filled, answers(place, geo_commune_code="00006"), now, manual=True)
    assert filled.geocodes()["geo_commune_code"].tolist() == ["00006"]


def test_a_pin_for_no_place_is_refused(filled: Store, answers: Make, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="do not exist"):
        save(filled, answers(pd.DataFrame({"case_id": ["X"], "role": ["home"]})), now, manual=True)
    assert filled.geocodes().empty


def test_answers_that_break_the_contract_change_nothing(filled: Store, answers: Make, now: datetime) -> None:
    table = answers(filled.pending_places("v1"), geo_lon=1050.25)
    with pytest.raises(DataError) as caught:
        save(filled, table, now)
    assert "1050.25" not in str(caught.value)
    assert filled.geocodes().empty


def test_saving_nothing_is_fine(filled: Store, answers: Make, now: datetime) -> None:
    none = filled.pending_places("v1").head(0)
    assert save(filled, answers(none), now, made_from=none).saved == 0
    assert len(filled.audit()) == 1


def test_answers_that_were_made_from_other_places_are_a_mistake(
    filled: Store, answers: Make, now: datetime
) -> None:
    pending = filled.pending_places("v1")
    with pytest.raises(ValueError, match="not among"):
        save(filled, answers(pending), now, made_from=pending.head(2))
