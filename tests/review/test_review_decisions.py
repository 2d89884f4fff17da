"""The review end to end on a small workspace: library and command line, decided, undone, imported again."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from geozone.cli import app
from geozone.errors import ConflictError, DataError, GeozoneError, NotFoundError
from geozone.pipeline import decisions, imports
from geozone.pipeline.decisions import Reviewer
from geozone.pipeline.geocoding import geocode_pending, geocoded_cases
from geozone.pipeline.review import decision_history, find_place, match_rate, read_places, review_queue
from geozone.types import ReviewScope
from geozone.workspace import Workspace

NOW = datetime(2021, 11, 12, 8, tzinfo=UTC)
AN = Reviewer("an", NOW)
NAMESAKE = "Tân Phú, Cái Răng, TP. Hồ Chí Minh"
ROWS = [
    ("A1", "Phường 7, Quận 8, TP. Hồ Chí Minh", "1/11/2021"),
    ("A2", "phường 7,  quận 8, TP. Hồ Chí Minh", "2/11/2021"),
    ("A3", f"{NAMESAKE}", "2/11/2021"),
    ("A4", f"12 Lê Bình, {NAMESAKE}", "3/11/2021"),
    ("A5", "không rõ", "3/11/2021"),
    ("A6", "Phường Võ Cường, thành phố Bắc Ninh, Bắc Ninh", "4/11/2021"),
    ("A7", "", "4/11/2021"),
]


def write(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Mã BN", "Địa chỉ", "Ngày báo cáo"])
        writer.writerows(rows)
    return path


def bring(space: Workspace, rows: list[tuple[str, str, str]], name: str = "ds.csv") -> None:
    imports.import_cases(space, write(space.root.parent / name, rows), imported_at=NOW, actor="an")
    geocode_pending(space, geocoded_at=NOW, actor="an")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose addresses are read, to be copied: reading them takes a second."""
    root = tmp_path_factory.mktemp("template") / "w"
    with Workspace.create(root, created_at=NOW) as made:
        bring(made, ROWS)
    return root


@pytest.fixture
def space(template: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(template, tmp_path / "w")
    with Workspace.open(tmp_path / "w") as opened:
        yield opened


def answer(space: Workspace, case_id: str) -> pd.Series:
    return space.store.geocodes().set_index("case_id").loc[case_id]


def queue_of(space: Workspace) -> dict[str, object]:
    found = review_queue(space, at=NOW, actor="an", as_of=date(2021, 11, 12))
    return {entry.doubt.address or "": (found, entry) for entry in found.entries}


def test_one_decision_settles_every_case_of_an_address(space: Workspace) -> None:
    before = queue_of(space)
    _, entry = before["Phường 7, Quận 8, TP. Hồ Chí Minh"]
    assert (entry.doubt.cases, entry.doubt.kind) == (2, "tie")
    done = decisions.choose(space, "A2", "27424", AN, reason="theo tổ trưởng")
    assert (done.places, done.people, done.alias) == (2, 2, None)
    assert [answer(space, case)["geo_commune_code"] for case in ("A1", "A2")] == ["27424"] * 2
    # The ward that the address names went there in part: its old code stays known.
    assert pd.notna(answer(space, "A1")["geo_commune_code_2021"])
    after = queue_of(space)
    assert len(after) == len(before) - 1
    rate = match_rate(space)
    assert rate.reviewed == 2
    assert rate.automatic + rate.reviewed + rate.rejected + rate.remaining == rate.cases == 7
    assert (rate.decisions, rate.first_accepted) == (1, 1)


def test_only_this_case(space: Workspace) -> None:
    done = decisions.choose(space, "A2", "27619", AN._replace(scope=ReviewScope.CASE))
    assert done.places == 1
    assert pd.isna(answer(space, "A1")["geo_commune_code"])
    # A later decision for the address leaves the case that was decided about by itself.
    assert decisions.choose(space, "A1", "27424", AN).places == 1
    assert answer(space, "A2")["geo_commune_code"] == "27619"


def test_what_is_decided_teaches_the_next_address(space: Workspace) -> None:
    done = decisions.accept(space, "A3", AN)
    assert done.alias == "Tân Phú, Cái Răng, TP Hồ Chí Minh"
    code = answer(space, "A3")["geo_commune_code"]
    geocode_pending(space, geocoded_at=NOW, actor="an")
    other = answer(space, "A4")
    assert (other["geo_commune_code"], bool(other["manual"])) == (code, False)
    assert space.store.forget_alias(1, at=NOW, actor="an") == done.alias
    geocode_pending(space, geocoded_at=NOW, actor="an")
    assert answer(space, "A4")["geo_status"] == "tie"
    assert answer(space, "A3")["geo_commune_code"] == code


def test_a_taught_phrase_has_only_the_addresses_that_hold_it_read_again(space: Workspace) -> None:
    assert geocode_pending(space, geocoded_at=NOW, actor="an") == 0
    decisions.accept(space, "A3", AN)
    assert geocode_pending(space, geocoded_at=NOW, actor="an") == 1  # A4
    assert geocode_pending(space, geocoded_at=NOW, actor="an") == 0
    space.store.forget_alias(1, at=NOW, actor="an")
    assert geocode_pending(space, geocoded_at=NOW, actor="an") == 1
    assert geocode_pending(space, geocoded_at=NOW, actor="an") == 0


def test_nothing_is_taught_that_a_sure_address_contradicts(space: Workspace) -> None:
    bring(
        space, [*ROWS, ("A8", f"{NAMESAKE}, Phường Võ Cường, thành phố Bắc Ninh, tỉnh Bắc Ninh", "4/11/2021")]
    )
    decisions.choose(space, "A8", "09193", AN._replace(teach=False))
    assert decisions.choose(space, "A3", "31201", AN).alias is None


def test_a_pin_is_an_address_and_outlives_re_runs_and_imports(space: Workspace) -> None:
    done = decisions.pin(space, "A5", 106.0492, 21.1748, AN, uncertainty_m=40)
    pinned = answer(space, "A5")
    assert (pinned["geo_level"], pinned["geo_uncertainty_m"], pinned["manual"]) == ("address", 40.0, True)
    assert done.name.endswith("Tỉnh Bắc Ninh")
    bring(space, ROWS, "again.csv")
    bring(space, [(case, text, "5/11/2021") for case, text, _ in ROWS], "dates.csv")
    again = answer(space, "A5")
    assert again["geo_lon"] == pinned["geo_lon"]
    assert not again["outdated"]
    bring(
        space,
        [(case, "phường Suối Hoa, TP Bắc Ninh" if case == "A5" else text, day) for case, text, day in ROWS],
        "moved.csv",
    )
    moved = answer(space, "A5")
    assert moved["geo_lon"] == pinned["geo_lon"]
    assert moved["outdated"]
    kinds = {entry.doubt.kind: entry for _, entry in queue_of(space).values()}
    options = kinds["outdated"].doubt.options
    assert options[0].kind == "as-is"
    assert any(option.kind == "commune" for option in options[1:])
    decisions.accept(space, "A5", AN)
    assert not answer(space, "A5")["outdated"]


def test_a_new_case_of_an_address_decided_about_is_settled_at_once(space: Workspace) -> None:
    decisions.pin(space, "A5", 106.0492, 21.1748, AN)
    bring(space, [*ROWS, ("B1", "Không rõ", "6/11/2021"), ("B2", "", "6/11/2021")], "more.csv")
    assert answer(space, "B1")["geo_level"] == "address"
    assert answer(space, "B2")["geo_status"] == "none"
    history = decision_history(space, "B1")
    assert [row["action"] for row in history] == ["pin"]
    decisions.undo(space, history[0]["decision"], AN)
    geocode_pending(space, geocoded_at=NOW, actor="an")
    assert answer(space, "B1")["geo_status"] == "none"


def test_a_case_without_an_address_is_alone(space: Workspace) -> None:
    bring(space, [*ROWS, ("B2", "", "6/11/2021")], "more.csv")
    assert decisions.choose(space, "A7", "09193", AN).places == 1
    assert answer(space, "B2")["geo_status"] == "none"


def test_rejected_stays_unplaced_with_its_reason_and_leaves_the_queue(space: Workspace) -> None:
    decisions.reject(space, "A5", "bệnh nhân đã đi nơi khác", AN)
    row = answer(space, "A5")
    assert (row["geo_status"], row["manual"]) == ("none", True)
    assert "bệnh nhân đã đi nơi khác" in row["geo_reason"]
    assert "không rõ" not in queue_of(space)
    assert match_rate(space).rejected == 1
    assert len(geocoded_cases(space)) == len(ROWS)


def test_undo_restores_the_answer_before(space: Workspace) -> None:
    before = answer(space, "A3").drop("manual")
    done = decisions.accept(space, "A3", AN)
    back = decisions.undo(space, done.decision, AN, reason="nhầm")
    assert back.places == 1
    geocode_pending(space, geocoded_at=NOW, actor="an")
    pd.testing.assert_series_equal(answer(space, "A3").drop("manual"), before)
    assert space.store.aliases().empty


def test_a_decision_about_what_the_reviewer_did_not_see_is_refused(space: Workspace) -> None:
    queue, entry = queue_of(space)["Phường 7, Quận 8, TP. Hồ Chí Minh"]
    seen = AN._replace(expected=queue.token(entry))
    assert decisions.choose(space, f"p{entry.doubt.place}", "27424", seen).places == 2
    with pytest.raises(ConflictError, match="look again"):
        decisions.choose(space, f"p{entry.doubt.place}", "27619", seen)
    assert answer(space, "A1")["geo_commune_code"] == "27424"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda s: decisions.choose(s, "A1", "99999", AN), NotFoundError, "99999"),
        (lambda s: decisions.choose(s, "Z9", "27424", AN), NotFoundError, "Z9"),
        (lambda s: decisions.choose(s, "p4711", "27424", AN), NotFoundError, "p4711"),
        (lambda s: decisions.pin(s, "A1", 21.1, 106.0, AN), DataError, "lat"),
        (lambda s: decisions.pin(s, "A1", 120.0, 5.0, AN), NotFoundError, "in no commune"),
        (lambda s: decisions.pin(s, "A1", 106.0, 21.1, AN, uncertainty_m=0), DataError, "uncertainty_m"),
        (lambda s: decisions.pin(s, "A1", float("nan"), 21.1, AN), DataError, "lon"),
        (lambda s: decisions.reject(s, "A1", "  ", AN), DataError, "reason"),
        (lambda s: decisions.accept(s, "A5", AN), NotFoundError, "no answer to accept"),
        (lambda s: decisions.undo(s, 77, AN), NotFoundError, "77"),
    ],
)
def test_what_cannot_be_decided_changes_nothing(space: Workspace, call, error, words: str) -> None:
    before = space.store.geocodes()
    with pytest.raises(error, match=words):
        call(space)
    pd.testing.assert_frame_equal(space.store.geocodes(), before)
    assert space.store.decisions().empty


def test_a_case_that_is_called_like_a_place_is_still_found(space: Workspace) -> None:
    table = read_places(space)
    assert find_place(table, "A3") == find_place(table, f"p{table['place'].iloc[2]}")


@pytest.fixture
def shell(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("GEOZONE_WORKSPACE", str(space.root))
    monkeypatch.setenv("GEOZONE_ACTOR", "chị Bình")
    return space


def call(*words: str) -> Result:
    result = CliRunner().invoke(app, ["review", *words])
    if result.exception and not isinstance(result.exception, SystemExit | GeozoneError):
        raise result.exception
    return result


def test_the_commands_from_the_queue_to_the_history(shell: Workspace) -> None:
    listed = json.loads(call("list", "--json", "--limit", "3", "--as-of", "2021-11-12").stdout)
    assert listed["doubtful_addresses"] >= 3
    assert len(listed["queue"]) == 3
    first = listed["queue"][0]
    assert first["answers"][0]["effect_vi"].startswith("Nếu chọn")
    assert first["place"].startswith("p")
    assert call("accept", "A1").exit_code == 0
    assert call("choose", "A3", "31201", "--reason", "Cần Thơ").exit_code == 0
    assert (
        "Taught"
        not in call("pin", "A5", "--lon", "106.0492", "--lat", "21.1748", "--uncertainty", "50").output
    )
    assert call("reject", "A7", "--reason", "không có địa chỉ").exit_code == 0
    rows = json.loads(call("history", "--json").stdout)["decisions"]
    assert [row["action"] for row in rows] == ["reject", "pin", "choose", "accept"]
    assert {row["actor"] for row in rows} == {"chị Bình"}
    assert rows[2]["changes"][0]["before"].startswith("tie")
    assert "Tân Phú, Cái Răng" in call("aliases").output
    assert "Forgotten" in call("aliases", "--forget", "1").output
    assert call("undo", str(rows[0]["decision"])).exit_code == 0
    assert "taken back" in call("history").output
    text = call("list", "--order", "cases").output
    assert "placed by review" in text


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["choose", "A1"], 2),
        (["pin", "A1", "--lon", "500", "--lat", "1"], 2),
        (["reject", "A1"], 2),
        (["list", "--order", "alphabet"], 2),
        (["undo", "first"], 2),
        (["undo", "99"], 1),
        (["choose", "A1", "99999"], 1),
    ],
)
def test_exit_codes(shell: Workspace, words: list[str], code: int) -> None:
    result = call(*words)
    assert isinstance(result.exception, GeozoneError) if code == 1 else result.exit_code == 2


def test_the_older_forms_of_the_commands_still_work(shell: Workspace) -> None:
    assert call("accept", "A1", "--commune", "27424").exit_code == 0
    assert call("fix", "A5", "--lon", "106.0492", "--lat", "21.1748").exit_code == 0
    assert answer(shell, "A1")["geo_commune_code"] == "27424"
