"""Identifiers are ciphertext wherever the database is: file, log, backup, server; the key opens them alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect

from geozone.access.sealing import IdentifierKeys, Seals
from geozone.errors import StoreError
from geozone.store import Decision, Store
from geozone.store.engine import address, connect, reading, writing
from geozone.store.versions import configuration, migrate, version
from geozone.types import ReviewAction, ReviewScope

Make = Callable[..., Any]
CANARIES = {
    "name": "Chim Hoàng Yến", "phone": "0912345678", "home": "Số 7 ngõ Sơn Ca, thôn Vành Khuyên", "matched": "Ngõ Chào Mào",
    "why": "by number 7 of Alley Chích Chòe", "reason": "gọi cho bà Bồ Câu", "alias": "xóm Đại Bàng",
}  # fmt: skip


def fill(store: Store, line_list: Make, answers: Make, now: datetime, rows: int = 3) -> None:
    """Plant a canary wherever an identifier can come to lie."""
    people = [
        {"case_id": f"C{i}", **{name: CANARIES[name] for name in ("name", "phone", "home")}}
        for i in range(rows)
    ]
    store.import_line_list(line_list(people), imported_at=now, actor="an")
    found = answers(store.pending_places("v1"), geo_name=CANARIES["matched"], geo_reason=CANARIES["why"])
    store.save_geocodes(found, geocoded_at=now, actor="an", inputs="v1")
    places = pd.DataFrame({"case_id": ["C0"], "role": ["home"]})
    made = Decision(
        ReviewAction.CHOOSE,
        ReviewScope.ADDRESS,
        f"2021||{CANARIES['home']}",
        "00007",
        reason=CANARIES["reason"],
    )
    answer = answers(places, geo_reason=CANARIES["why"], geo_name=CANARIES["matched"])
    first = store.put_decision(made, answer, at=now, actor="bình", alias=CANARIES["alias"])
    store.undo_decision(first, at=now, actor="bình", reason=CANARIES["reason"])
    store.put_decision(made, answer, at=now, actor="bình", alias=CANARIES["alias"])


def everything(store: Store) -> list[Any]:
    """All that can be read of a store that is private."""
    return [
        getattr(store, name)().astype(object).where(lambda t: t.notna(), None).to_dict("records")
        for name in ("places", "persons", "geocodes", "decisions", "decision_places", "aliases", "place_keys")
        if name != "place_keys"
    ]


def bytes_of(store: Store, folder: Path) -> bytes:
    """What lies on the disk: every file of the folder, or every row on the server."""
    if store._engine.dialect.name == "sqlite":
        return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    with reading(store._engine) as connection:
        names = inspect(connection).get_table_names()
        rows = [connection.exec_driver_sql(f'SELECT * FROM "{name}"').fetchall() for name in names]
    return repr(rows).encode()


def seen(data: bytes) -> set[str]:
    return {name for name, canary in CANARIES.items() if canary.encode() in data}


def test_no_file_and_no_row_shows_an_identifier(
    store: Store, tmp_path: Path, line_list: Make, answers: Make, now: datetime
) -> None:
    fill(store, line_list, answers, now)
    (tmp_path / "b").mkdir()
    store.backup(tmp_path / "b" / "backup.db")
    assert (tmp_path / "geozone.db-wal").exists() == (store._engine.dialect.name == "sqlite")
    assert seen(bytes_of(store, tmp_path)) == set()
    assert seen((tmp_path / "b" / "backup.db").read_bytes()) == set()
    with Store.open(tmp_path / "b" / "backup.db") as copy:
        assert everything(copy) == everything(store)
    assert {canary for canary in CANARIES.values() if canary in str(everything(store))} == set(
        CANARIES.values()
    )


def test_a_migration_encrypts_what_is_there_and_leaves_no_trace(
    store_address: Any, tmp_path: Path, line_list: Make, answers: Make, now: datetime
) -> None:
    with Store.open(store_address, create=True) as store:
        fill(store, line_list, answers, now, rows=40)
        before = everything(store)
        with writing(store._engine) as connection:
            command.downgrade(configuration(connection), "0004")
        assert seen(bytes_of(store, tmp_path)) == set(CANARIES), "the canaries would be found"
    with Store.open(store_address) as store:
        assert everything(store) == before
        assert seen(bytes_of(store, tmp_path)) == set()
        assert store.setting("sweep-needed") is None


def test_a_sweep_that_a_kill_kept_from_running_is_made_up_for(
    tmp_path: Path, line_list: Make, answers: Make, now: datetime, key_file: Path
) -> None:
    path = tmp_path / "geozone.db"
    with Store.open(path, create=True) as store:
        fill(store, line_list, answers, now, rows=40)
        with writing(store._engine) as connection:
            command.downgrade(configuration(connection), "0004")
    engine = connect(address(path), create=False, keys=IdentifierKeys(key_file))
    with writing(engine) as connection:
        command.upgrade(configuration(connection), "head")
    assert seen(path.read_bytes() + path.with_name("geozone.db-wal").read_bytes()), (
        "old pages are still there"
    )
    engine.dispose()
    with Store.open(path) as store:
        assert seen(bytes_of(store, tmp_path)) == set()


@given(texts=st.lists(st.none() | st.text(), max_size=5), other=st.text())
def test_what_was_sealed_opens_in_its_own_cell_only(texts: list[str | None], other: str) -> None:
    seals = Seals([b"k" * 32, b"o" * 32])
    cells = [f"t.c\x1f{row}" for row in range(len(texts))]
    sealed = seals.seal(texts, cells)
    assert seals.open(sealed, cells) == texts
    assert Seals([b"o" * 32, b"k" * 32]).open(sealed, cells) == texts
    for text, cell in zip(sealed, cells, strict=True):
        if text is not None and other != cell:
            with pytest.raises(StoreError, match="moved"):
                seals.open([text], [other])
            with pytest.raises(KeyError):
                Seals([b"o" * 32]).open([text], [cell])


@given(text=st.text(min_size=1), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_changed_bit_is_noticed(text: str, at: int, bit: int) -> None:
    seals = Seals([b"k" * 32])
    [sealed] = seals.seal([text], ["c"])
    assert sealed is not None
    data = bytearray(sealed.encode())
    data[at % len(data)] ^= 1 << bit
    try:
        # The last character before the padding has bits that say nothing.
        assert seals.open([data.decode("latin-1")], ["c"]) == [text]
        assert sealed.rstrip("=")[-1] != data.decode("latin-1").rstrip("=")[-1]
    except (StoreError, KeyError):
        pass


@pytest.mark.parametrize(
    ("table", "column", "one", "other"),
    [
        ("case_places", "address", "case_id = 'C0'", "case_id = 'C1'"),
        ("case_persons", "person_name", "case_id = 'C0'", "case_id = 'C1'"),
        ("geocodes", "geo_reason", "case_id = 'C0'", "case_id = 'C1'"),
    ],
)
def test_a_cell_that_is_moved_is_noticed(
    store: Store, line_list: Make, answers: Make, now: datetime, table: str, column: str, one: str, other: str
) -> None:
    fill(store, line_list, answers, now)
    with writing(store._engine) as connection:
        connection.exec_driver_sql(
            f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE {one}) WHERE {other}"
        )
    with pytest.raises(StoreError, match="moved from another row") as caught:
        everything(store)
    assert not [canary for canary in CANARIES.values() if canary in str(caught.value)]


def test_a_missing_or_wrong_key_is_told_with_its_file(
    store_address: Any, tmp_path: Path, line_list: Make, answers: Make, now: datetime, key_file: Path
) -> None:
    with Store.open(store_address, create=True) as store:
        fill(store, line_list, answers, now)
    lost = tmp_path / "k" / "lost.keys"
    for words in ("is missing", "written with the identifier key"):
        with pytest.raises(StoreError, match=words) as caught:
            Store.open(store_address, key_file=lost)
        assert str(lost) in str(caught.value)
        assert "GEOZONE_IDENTIFIER_KEY_FILE" in str(caught.value)
        assert not lost.exists() or words != "is missing", "no key is made for a database that has one"
        IdentifierKeys(lost).check(())
    lost.chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"):
        Store.open(store_address, key_file=lost)
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_a_key_beside_a_new_file_is_made_and_a_server_needs_one_named(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.undo()
    with Store.open(tmp_path / "geozone.db", create=True) as store:
        assert store.keys.path == tmp_path / "secrets" / "identifiers.keys"
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    with pytest.raises(StoreError, match="GEOZONE_IDENTIFIER_KEY_FILE"):
        Store.open("postgresql://nobody@127.0.0.1:1/x")


@pytest.fixture
def own_key(tmp_path: Path) -> Path:
    return tmp_path / "own" / "identifiers.keys"


@pytest.fixture
def rotating(
    store_address: Any, own_key: Path, line_list: Make, answers: Make, now: datetime, monkeypatch: Any
) -> Iterator[Store]:
    """A store with a key of its own, written anew in batches of 7 rows."""
    monkeypatch.setattr("geozone.store.rewriting.BATCH_ROWS", 7)
    with Store.open(store_address, create=True, key_file=own_key) as store:
        fill(store, line_list, answers, now, rows=30)
        yield store


def test_a_rotation_that_is_killed_anywhere_goes_on_with_the_same_key(
    rotating: Store, now: datetime, own_key: Path
) -> None:
    before, luck = everything(rotating), random.Random(3)  # noqa: S311
    [old] = rotating.identifier_keys()

    class Killed(BaseException):
        pass

    def die(_: int) -> None:
        if luck.random() < 0.3:
            raise Killed

    kills = 0
    while True:
        try:
            rotating.rotate_identifiers(at=now, actor="an", told=die)
            break
        except Killed:
            kills += 1
            assert everything(rotating) == before
            assert len(own_key.read_text().split()) == 2
    assert kills > 2
    assert everything(rotating) == before
    [new] = rotating.identifier_keys()
    assert new != old
    with reading(rotating._engine) as connection:
        for table, column in (
            ("case_places", "address"),
            ("review_places", "after"),
            ("geocodes", "geo_name"),
        ):
            rows = connection.exec_driver_sql(f"SELECT {column} FROM {table}").scalars().all()
            assert rows
            assert {row[: len(new)] for row in rows} == {new}
    with pytest.raises(StoreError), writing(rotating._engine) as connection:
        connection.exec_driver_sql("DELETE FROM review_places")


def test_destroying_the_old_key_makes_older_backups_unreadable(
    rotating: Store, now: datetime, tmp_path: Path, own_key: Path, store_address: Any, line_list: Make
) -> None:
    rotating.backup(tmp_path / "old.db")
    with Store.open(store_address, key_file=own_key) as other:  # a service that goes on working
        rotating.rotate_identifiers(at=now, actor="an", destroy_old=True)
        other.import_line_list(
            line_list([{"case_id": "new", "home": "nhà mới"}], sha="b"), imported_at=now, actor="x"
        )
        assert "nhà mới" in set(other.places()["address"])
    assert len(own_key.read_text().split()) == 1
    assert "nhà mới" in set(rotating.places()["address"])
    with pytest.raises(StoreError, match="written with the identifier key"):
        Store.open(tmp_path / "old.db", key_file=own_key)
    told = rotating.audit()
    assert told.loc[told["action"] == "access:rotate-identifiers", "detail"].iloc[0]["old_destroyed"] is True


def test_down_and_up_in_batches_keeps_every_row(rotating: Store) -> None:
    before = everything(rotating)
    with writing(rotating._engine) as connection:
        command.downgrade(configuration(connection), "0004")
        assert version(connection) == "0004"
        clear = connection.exec_driver_sql("SELECT address FROM case_places").scalars().all()
    assert set(clear) == {CANARIES["home"]}
    migrate(rotating._engine, create=False, keys=rotating.keys)
    assert everything(rotating) == before
