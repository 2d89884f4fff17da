"""Decisions: appended for ever, applied again to the same address, undone; the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geozone.errors import ConflictError, NotFoundError, StoreError
from geozone.store import Decision, Store
from geozone.store.engine import writing
from geozone.store.versions import configuration
from geozone.types import ReviewAction, ReviewScope

Make = Callable[..., Any]
GEO = ["geo_status", "geo_level", "geo_commune_code", "geo_lon", "geo_lat", "geo_reason"]


@pytest.fixture
def filled(store: Store, line_list: Make, answers: Make, now: datetime) -> Store:
    rows = [{"case_id": f"C{i}", "home": "thôn Đoài" if i < 2 else "thôn Đông"} for i in range(3)]
    store.import_line_list(line_list(rows), imported_at=now, actor="an")
    tie = {"geo_status": "tie", "geo_commune_code": None}
    store.save_geocodes(answers(store.pending_places("v1"), **tie), geocoded_at=now, actor="an", inputs="v1")
    return store


def decide(
    store: Store, answers: Make, now: datetime, ids: list[str], code: str = "00007", **more: Any
) -> int:
    places = pd.DataFrame({"case_id": ids, "role": ["home"] * len(ids)})
    decision = Decision(
        ReviewAction.CHOOSE, more.pop("scope", ReviewScope.ADDRESS), more.pop("key", "k1"), code, choice=1
    )
    return store.put_decision(decision, answers(places, geo_commune_code=code), at=now, actor="bình", **more)


def stored(store: Store) -> list[tuple[Any, ...]]:
    table = store.geocodes()[["case_id", *GEO, "manual"]].astype(object)
    return [tuple(None if pd.isna(v) else v for v in row) for row in table.itertuples(index=False)]


def test_a_decision_sets_its_places_and_keeps_what_was_before(
    filled: Store, answers: Make, now: datetime
) -> None:
    number = decide(filled, answers, now, ["C0", "C1"], alias="thôn Đoài, xã X, huyện Y")
    assert filled.geocodes()["manual"].tolist() == [True, True, False]
    assert filled.geocodes()["geo_commune_code"].fillna("").tolist() == ["00007", "00007", ""]
    [row] = filled.decisions().to_dict("records")
    assert (row["decision"], row["actor"], row["action"], row["code"], row["places"]) == (
        number, "bình", "choose", "00007", 2,
    )  # fmt: skip
    assert row["at"] == now
    changes = filled.decision_places(place=("C0", "home"))
    assert changes["before"].iloc[0]["geo_status"] == "tie"
    assert changes["before"].iloc[0]["manual"] is False
    assert changes["after"].iloc[0]["geo_commune_code"] == "00007"
    assert filled.aliases()[["alias", "code", "decision"]].to_dict("records") == [
        {"alias": "thôn Đoài, xã X, huyện Y", "code": "00007", "decision": number}
    ]
    assert filled.review_places()["decision"].tolist() == [number, number, 0]


def test_undo_puts_everything_back_and_forgets_the_lesson(
    filled: Store, answers: Make, now: datetime
) -> None:
    before = stored(filled)
    number = decide(filled, answers, now, ["C0", "C1"], alias="thôn Đoài")
    undo, restored = filled.undo_decision(number, at=now, actor="chi", reason="nhầm")
    assert restored == 2
    assert stored(filled) == before
    assert filled.aliases().empty
    assert filled.aliases(forgotten=True)["forgotten_by"].tolist() == ["chi"]
    history = filled.decisions()
    assert history["decision"].tolist() == [undo, number]
    assert history["undone"].tolist() == [False, True]
    for again in (number, undo):
        with pytest.raises(ConflictError):
            filled.undo_decision(again, at=now, actor="chi")
    with pytest.raises(NotFoundError):
        filled.undo_decision(99, at=now, actor="chi")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_decisions_taken_back_in_any_order_end_where_it_began(
    filled: Store, answers: Make, now: datetime, order: tuple[int, int]
) -> None:
    before = stored(filled)
    numbers = [decide(filled, answers, now, ["C0", "C1"], code) for code in ("00007", "00008")]
    first = filled.undo_decision(numbers[order[0]], at=now, actor="chi")[1]
    assert first == (0 if order[0] == 0 else 2)
    assert filled.geocodes()["geo_commune_code"].iloc[0] == ("00008" if order[0] == 0 else "00007")
    filled.undo_decision(numbers[order[1]], at=now, actor="chi")
    assert stored(filled) == before


def test_a_decision_on_something_that_changed_is_refused(
    filled: Store, answers: Make, line_list: Make, now: datetime
) -> None:
    seen = {(c, "home"): (1, 0) for c in ("C0", "C1")}
    number = decide(filled, answers, now, ["C0", "C1"], expected=seen)
    before = stored(filled)
    with pytest.raises(ConflictError, match="look again"):
        decide(filled, answers, now, ["C0", "C1"], "00009", expected=seen)
    assert stored(filled) == before
    decide(filled, answers, now, ["C0", "C1"], "00009", expected=dict.fromkeys(seen, (1, number)))
    with pytest.raises(NotFoundError):
        decide(filled, answers, now, ["C9"])


def test_a_case_that_comes_later_takes_the_standing_decision(
    filled: Store, answers: Make, line_list: Make, now: datetime
) -> None:
    decide(filled, answers, now, ["C0", "C1"])
    decide(filled, answers, now, ["C2"], "00003", key="k2", scope=ReviewScope.CASE)
    filled.import_line_list(
        line_list([{"case_id": "C8", "home": "x"}, {"case_id": "C9", "home": "y"}], sha="b"),
        imported_at=now, actor="an",
    )  # fmt: skip
    pending = filled.pending_places("v1").assign(address_key=["k1", "k2"])
    assert filled.apply_standing(pending, at=now, actor="máy") == 1
    table = filled.geocodes().set_index("case_id")
    assert table.loc["C8", "geo_commune_code"] == "00007"
    assert bool(table.loc["C8", "manual"])
    assert "C9" not in table.index
    number = int(filled.decisions()["decision"].min())
    filled.undo_decision(number, at=now, actor="chi")
    assert "C8" in filled.pending_places("v1")["case_id"].tolist()
    assert filled.apply_standing(pending, at=now, actor="máy") == 0


def test_a_place_that_comes_again_takes_the_decision_made_for_it_alone(
    filled: Store, answers: Make, line_list: Make, now: datetime
) -> None:
    decide(filled, answers, now, ["C0"], "00003", key="k1", scope=ReviewScope.CASE)
    decide(filled, answers, now, ["C1"], "00007", key="k1")
    gone = [{"case_id": "C0"}, {"case_id": "C1", "home": "thôn Đoài"}]
    filled.import_line_list(line_list(gone, sha="b"), imported_at=now, actor="an")
    assert "C0" not in filled.geocodes()["case_id"].tolist()
    back = [{"case_id": f"C{i}", "home": "thôn Đoài"} for i in range(2)]
    filled.import_line_list(line_list(back, sha="c"), imported_at=now, actor="an")
    pending = filled.pending_places("v1")
    assert pending["case_id"].tolist() == ["C0"]
    for key, settled in (("another", 0), ("k1", 1)):
        assert filled.apply_standing(pending.assign(address_key=key), at=now, actor="máy") == settled
    assert filled.geocodes().set_index("case_id").loc["C0", "geo_commune_code"] == "00003"


def test_a_pin_holds_when_only_the_date_changes_and_is_flagged_when_the_address_does(
    filled: Store, answers: Make, line_list: Make, now: datetime
) -> None:
    decide(filled, answers, now, ["C0", "C1"])
    rows = [
        {"case_id": "C0", "home": "thôn Đoài", "report_date": "2021-06-05"},
        {"case_id": "C1", "home": "thôn Tây"},
    ]
    filled.import_line_list(line_list(rows, sha="b"), imported_at=now, actor="an")
    assert filled.geocodes()["outdated"].tolist() == [True, True, False]
    keys = pd.DataFrame({"case_id": ["C0", "C1"], "role": ["home"] * 2, "address_key": ["k1", "another"]})
    assert filled.confirm_pins(keys) == 1
    assert filled.geocodes()["outdated"].tolist() == [False, True, False]
    assert filled.geocodes()["manual"].tolist() == [True, True, False]


@pytest.mark.parametrize("table", ["review_decisions", "review_places"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET at = at", "DELETE FROM {}"])
def test_what_was_decided_cannot_be_changed(
    filled: Store, answers: Make, now: datetime, table: str, verb: str
) -> None:
    decide(filled, answers, now, ["C0"])
    with pytest.raises(StoreError), writing(filled._engine) as connection:
        connection.exec_driver_sql(verb.format(table))
    assert len(filled.decisions()) == 1
    assert len(filled.decision_places()) == 1


def test_the_migration_goes_down_and_up_on_data(filled: Store, answers: Make, now: datetime) -> None:
    decide(filled, answers, now, ["C0"], alias="thôn Đoài")
    before = stored(filled)
    with writing(filled._engine) as connection:
        command.downgrade(configuration(connection), "0001")
        clear = connection.exec_driver_sql("SELECT geo_reason FROM geocodes ORDER BY case_id").scalars().all()
    assert clear == [row[6] for row in before]
    with writing(filled._engine) as connection:
        command.upgrade(configuration(connection), "head")
    assert stored(filled) == before
    assert filled.decisions().empty
    assert filled.aliases().empty
    assert decide(filled, answers, now, ["C1"]) == 1


def test_decisions_survive_a_copy_to_another_database(
    filled: Store, answers: Make, now: datetime, tmp_path: Any
) -> None:
    number = decide(filled, answers, now, ["C0", "C1"], alias="thôn Đoài")
    filled.undo_decision(number, at=now, actor="chi")
    filled.backup(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        pd.testing.assert_frame_equal(copy.decisions(), filled.decisions())
        assert copy.decision_places()["before"].tolist() == filled.decision_places()["before"].tolist()
        assert copy.aliases(forgotten=True)["alias"].tolist() == ["thôn Đoài"]


def test_aliases_are_forgotten_once_and_stay_on_record(filled: Store, answers: Make, now: datetime) -> None:
    decide(filled, answers, now, ["C0"], alias="thôn Đoài")
    assert filled.forget_alias(1, at=now, actor="chi") == "thôn Đoài"
    assert filled.aliases().empty
    with pytest.raises(ConflictError):
        filled.forget_alias(1, at=now, actor="chi")
    with pytest.raises(NotFoundError):
        filled.forget_alias(2, at=now, actor="chi")


def test_the_audit_names_no_address(filled: Store, answers: Make, now: datetime) -> None:
    number = decide(filled, answers, now, ["C0"], alias="thôn Đoài", key="2021||thôn đoài")
    filled.undo_decision(number, at=now, actor="chi")
    filled.note_reading("review queue", 3, at=now, actor="chi")
    told = filled.audit()
    assert {"review", "read-addresses", "place-set-by-hand"} <= set(told["action"])
    assert "oài" not in told.astype(str).to_csv()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sets(st.sampled_from(["C0", "C1", "C2"]), min_size=1), st.integers(1, 9)), max_size=6
    ),
    order=st.randoms(use_true_random=False),
)
def test_whatever_was_decided_taking_it_all_back_in_any_order_ends_where_it_began(
    tmp_path_factory: pytest.TempPathFactory,
    line_list: Make,
    answers: Make,
    now: datetime,
    steps: list[tuple[set[str], int]],
    order: Any,
) -> None:
    with Store.open(tmp_path_factory.mktemp("any") / "geozone.db", create=True) as store:
        rows = [{"case_id": f"C{i}", "home": f"thôn {i}"} for i in range(3)]
        store.import_line_list(line_list(rows), imported_at=now, actor="an")
        store.save_geocodes(answers(store.pending_places("v1")), geocoded_at=now, actor="an", inputs="v1")
        before = stored(store)
        made = [decide(store, answers, now, sorted(ids), f"{code:05d}") for ids, code in steps]
        for (ids, code), number in zip(steps[-1:], made[-1:], strict=True):
            held = store.geocodes().set_index("case_id")["geo_commune_code"]
            assert set(held[sorted(ids)]) == {f"{code:05d}"}
            assert number == len(steps)
        order.shuffle(made)
        for number in made:
            store.undo_decision(number, at=now, actor="chi")
        assert stored(store) == before
        assert len(store.decisions()) == 2 * len(steps)
