"""Importing line lists: twice is once, a file replaces what it speaks of, all or nothing."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geozone.errors import DataError, StoreError
from geozone.schema import CASE_PLACES, CASES
from geozone.store import Store, line_lists

Make = Callable[..., Any]


def bring(store: Store, made: Any, now: datetime) -> Any:
    return store.import_line_list(made, imported_at=now, actor="an")


def test_a_new_line_list_is_all_there_in_its_order(store: Store, line_list: Make, now: datetime) -> None:
    rows = [
        {"case_id": "BN2", "home": "xã Phù Khê, Từ Sơn, Bắc Ninh", "name": "Nguyễn Văn A", "phone": "0912"},
        {"case_id": "BN1", "home": "12 Hàng Bài, Hà Nội", "work": "KCN Quế Võ", "age": 34, "sex": "female"},
        {"case_id": "BN3", "count": 7, "onset_date": "2021-05-28", "source_known": False},
    ]
    made = line_list(rows, rejected=2)
    report = bring(store, made, now)
    assert (report.new, report.updated, report.unchanged, report.rejected) == (3, 0, 0, 2)
    assert not report.already_imported
    pd.testing.assert_frame_equal(store.cases(), made.cases)
    pd.testing.assert_frame_equal(store.places(), made.places)
    pd.testing.assert_frame_equal(store.persons(), made.persons)
    CASES.validate(store.cases())
    CASE_PLACES.validate(store.places())
    assert store.sources() == (made.source,)
    assert store.source_table()["rows"].tolist() == [5]
    assert store.source_table()["imported_at"].tolist() == [now]


def test_an_empty_store_gives_empty_tables_with_the_right_dtypes(store: Store) -> None:
    assert store.cases().dtypes.equals(CASES.empty().dtypes)
    assert store.places().dtypes.equals(CASE_PLACES.empty().dtypes)
    assert store.sources() == ()
    assert store.audit().empty


def test_importing_twice_changes_nothing(store: Store, line_list: Make, now: datetime) -> None:
    rows = [{"case_id": f"C{i}", "home": f"thôn {i}", "name": f"người {i}"} for i in range(5)]
    first = bring(store, line_list(rows), now)
    before = (store.cases(), store.places(), store.persons(), store.pending_places("f"))
    again = bring(store, line_list(rows), now)
    assert (again.new, again.updated, again.unchanged) == (0, 0, 5)
    assert again.already_imported
    assert again.import_id == first.import_id
    for old, new in zip(
        before, (store.cases(), store.places(), store.persons(), store.pending_places("f")), strict=True
    ):
        pd.testing.assert_frame_equal(old, new)
    assert store.audit()["action"].tolist() == ["seen-again", "import-cases"]
    assert len(store.sources()) == 1


def test_another_file_with_the_same_rows_touches_no_row(store: Store, line_list: Make, now: datetime) -> None:
    rows = [{"case_id": "C1", "home": "thôn 1"}]
    bring(store, line_list(rows), now)
    report = bring(store, line_list(rows, sha="b"), now)
    assert (report.unchanged, report.already_imported) == (1, False)
    assert len(store.sources()) == 2
    assert "case-updated" not in store.audit()["action"].tolist()


def test_a_changed_row_is_updated_and_audited_with_old_and_new(
    store: Store, line_list: Make, now: datetime
) -> None:
    bring(store, line_list([{"case_id": "C1", "age": 30, "home": "thôn Đông"}, {"case_id": "C2"}]), now)
    changed = [
        {
            "case_id": "C1",
            "age": 31,
            "onset_date": "2021-05-30",
            "case_class": "probable",
            "home": "thôn Tây",
        },
        {"case_id": "C2"},
    ]
    report = bring(store, line_list(changed, sha="b"), now)
    assert (report.new, report.updated, report.unchanged) == (0, 1, 1)
    entry = store.audit(subject="C1").iloc[0]
    assert entry["action"] == "case-updated"
    assert entry["at"] == now
    assert entry["detail"]["values"] == {
        "age": [30.0, 31.0],
        "onset_date": [None, "2021-05-30"],
        "case_class": ["confirmed", "probable"],
    }
    assert entry["detail"]["places"] == {"home": "changed"}
    assert store.places()["address"].tolist() == ["thôn Tây"]
    assert store.cases()["case_id"].tolist() == ["C1", "C2"]


def test_going_back_to_an_older_file_applies_it_again(store: Store, line_list: Make, now: datetime) -> None:
    old = [{"case_id": "C1", "age": 30}]
    bring(store, line_list(old), now)
    bring(store, line_list([{"case_id": "C1", "age": 31}], sha="b"), now)
    report = bring(store, line_list(old), now)
    assert (report.updated, report.already_imported) == (1, True)
    assert store.cases()["age"].tolist() == [30.0]


def test_a_file_keeps_what_it_is_silent_about(store: Store, line_list: Make, now: datetime) -> None:
    full = [
        {"case_id": "C1", "age": 30, "home": "thôn 1", "work": "KCN A", "name": "Nguyễn A", "phone": "0912"},
        {"case_id": "C2", "age": 40, "home": "thôn 2", "work": "KCN B", "name": "Trần B", "phone": "0913"},
    ]
    bring(store, line_list(full), now)
    silent = [{"case_id": "C1", "home": "thôn 1"}, {"case_id": "C2", "home": "thôn 2"}]
    report = bring(store, line_list(silent, sha="b"), now)
    assert report.unchanged == 2
    assert store.cases()["age"].tolist() == [30.0, 40.0]
    assert sorted(store.places()["role"]) == ["home", "home", "work", "work"]
    assert store.persons()["phone"].tolist() == ["0912", "0913"]


def test_a_place_that_a_file_speaks_of_can_go_and_come(store: Store, line_list: Make, now: datetime) -> None:
    bring(
        store,
        line_list([{"case_id": "C1", "work": "KCN A", "home": "x"}, {"case_id": "C2", "work": "KCN B"}]),
        now,
    )
    gone = [{"case_id": "C1", "home": "x"}, {"case_id": "C2", "work": "KCN B", "home": "y"}]
    report = bring(store, line_list(gone, sha="b"), now)
    assert report.updated == 2
    found = set(zip(store.places()["case_id"], store.places()["role"], strict=True))
    assert found == {("C1", "home"), ("C2", "work"), ("C2", "home")}
    assert store.audit(subject="C1").iloc[0]["detail"]["places"] == {"work": "removed"}
    assert store.audit(subject="C2").iloc[0]["detail"]["places"] == {"home": "added"}


def test_cases_of_other_files_stay(store: Store, line_list: Make, now: datetime) -> None:
    bring(store, line_list([{"case_id": "C1", "work": "KCN A"}]), now)
    bring(store, line_list([{"case_id": "C2", "work": "KCN B"}], sha="b"), now)
    assert store.cases()["case_id"].tolist() == ["C1", "C2"]
    assert store.places()["address"].tolist() == ["KCN A", "KCN B"]


def test_many_cases_are_compared_the_same_way(
    store: Store, line_list: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_lists, "_FEW", 3)
    rows = [{"case_id": f"C{i}", "home": f"thôn {i}", "work": "KCN"} for i in range(6)]
    bring(store, line_list([*rows, {"case_id": "other", "work": "KCN"}]), now)
    changed = [{**row, "home": "thôn mới"} if row["case_id"] == "C4" else row for row in rows]
    del changed[2]["work"]
    report = bring(store, line_list(changed, sha="b"), now)
    assert (report.new, report.updated, report.unchanged) == (0, 2, 4)
    assert len(store.places()) == 12
    assert "other" in store.places()["case_id"].tolist()


@pytest.mark.parametrize("stage", ["put_source", "_put_cases", "_put_places", "_put_persons", "append_audit"])
def test_an_import_that_fails_anywhere_leaves_nothing(
    store: Store, line_list: Make, now: datetime, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    bring(store, line_list([{"case_id": "C1", "home": "cũ", "name": "A"}]), now)
    before = (store.cases(), store.places(), store.persons(), store.audit(), store.source_table())
    whole = getattr(line_lists, stage)

    def then_fail(*args: Any, **kwargs: Any) -> None:
        whole(*args, **kwargs)
        raise RuntimeError(stage)

    monkeypatch.setattr(line_lists, stage, then_fail)
    with pytest.raises(RuntimeError, match=stage):
        bring(
            store,
            line_list(
                [{"case_id": "C1", "home": "mới", "name": "B"}, {"case_id": "C2", "home": "x"}], sha="b"
            ),
            now,
        )
    after = (store.cases(), store.places(), store.persons(), store.audit(), store.source_table())
    for old, new in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(old, new)


def test_tables_that_break_their_contract_are_refused_whole(
    store: Store, line_list: Make, now: datetime
) -> None:
    twice = line_list([{"case_id": "C1"}, {"case_id": "C1"}])
    with pytest.raises(DataError, match="each only once"):
        bring(store, twice, now)
    strange = line_list([{"case_id": "C1", "home": "x"}])
    strange.places["case_id"] = pd.Series(["C2"], dtype="str")
    with pytest.raises(DataError, match="rows of no case"):
        bring(store, strange, now)
    assert store.cases().empty
    assert store.audit().empty


def test_no_message_quotes_a_person_an_address_or_a_point(
    store: Store, line_list: Make, now: datetime
) -> None:
    canaries = ("Hoàng Yến Canary", "0999888777", "ngõ 7 Canary")
    rows = [{"case_id": "C1", "home": canaries[2], "name": canaries[0], "phone": canaries[1]}]
    wrong_role = line_list(rows)
    wrong_role.places["role"] = pd.Series([canaries[2]], dtype="str")
    twice = line_list(rows)
    twice.persons = pd.concat([twice.persons, twice.persons], ignore_index=True)
    nul = line_list(rows)
    nul.persons.loc[0, "person_name"] = canaries[0] + "\x00"
    texts = []
    for made in (wrong_role, twice, nul):
        try:
            bring(store, made, now)
        except (DataError, StoreError) as error:
            texts += traceback.format_exception(error)
    bring(store, line_list(rows), now)
    bring(store, line_list([{**rows[0], "home": "khác", "name": "khác", "phone": "khác"}], sha="b"), now)
    texts += [repr(store), store.audit().to_string(), str(store.sources())]
    assert len(texts) > 3
    for canary in canaries:
        assert not [text for text in texts if canary in text]


def test_a_time_without_zone_is_a_mistake(store: Store, line_list: Make, now: datetime) -> None:
    with pytest.raises(ValueError, match="without zone"):
        bring(store, line_list([{"case_id": "C1"}]), now.replace(tzinfo=None))
    assert store.cases().empty


TEXT = st.text("abcđêỘ '\"%;?\\\t,", max_size=6)
ROW = st.fixed_dictionaries(
    {"case_id": st.sampled_from(["A", "B", "C", "D"])},
    optional={
        "age": st.sampled_from([0.0, 30.0, 30.5]),
        "source_known": st.booleans(),
        "onset_date": st.sampled_from(["2021-01-02", "1999-12-31"]),
        "home": TEXT,
        "work": TEXT,
        "name": TEXT,
    },
)
FILES = st.lists(st.lists(ROW, max_size=4, unique_by=lambda row: row["case_id"]), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> Path:
    """A file to copy, for making the tables takes longer than the test."""
    path = tmp_path_factory.mktemp("empty") / "geozone.db"
    with Store.open(path, create=True, key_file=key_file) as store:
        store.backup(path.with_name("copy.db"))
    return path.with_name("copy.db")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES)
def test_any_sequence_of_files_gives_what_plain_dictionaries_give(
    files: list[list[dict[str, Any]]],
    tmp_path_factory: pytest.TempPathFactory,
    empty_database: Path,
    line_list: Make,
    now: datetime,
) -> None:
    cases: dict[str, dict[str, Any]] = {}
    places: dict[tuple[str, str], str] = {}
    persons: dict[str, str] = {}
    path = tmp_path_factory.mktemp("store") / "geozone.db"
    shutil.copy(empty_database, path)
    with Store.open(path) as store:
        for number, rows in enumerate(files):
            made = line_list(rows, sha=f"{number:064x}")
            bring(store, made, now)
            assert bring(store, made, now).unchanged == len(rows)
            ids = {row["case_id"] for row in rows}
            said = {name for row in rows for name in row}
            for row in rows:
                kept = cases.setdefault(row["case_id"], {})
                kept.update(
                    {name: row.get(name) for name in ("age", "source_known", "onset_date") if name in said}
                )
                for role in ("home", "work"):
                    if role in row:
                        places[row["case_id"], role] = row[role]
                if "name" in row:
                    persons[row["case_id"]] = row["name"]
            for case_id, role in list(places):
                if (
                    case_id in ids
                    and role in said
                    and role not in next(r for r in rows if r["case_id"] == case_id)
                ):
                    del places[case_id, role]
        found = store.cases().set_index("case_id")
        assert set(found.index) == set(cases)
        for case_id, kept in cases.items():
            row = found.loc[case_id]
            assert (None if pd.isna(row["age"]) else row["age"]) == kept.get("age")
            assert (None if pd.isna(row["source_known"]) else bool(row["source_known"])) == kept.get(
                "source_known"
            )
            day = None if pd.isna(row["onset_date"]) else row["onset_date"].date().isoformat()
            assert day == kept.get("onset_date")
        table = store.places()
        assert (
            dict(zip(zip(table["case_id"], table["role"], strict=True), table["address"], strict=True))
            == places
        )
        people = store.persons()
        assert dict(zip(people["case_id"], people["person_name"], strict=True)) == persons
        assert store.integrity_faults() == []
