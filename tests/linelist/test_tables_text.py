"""Delimited text: encodings, delimiters, ragged rows and hostile files."""

from __future__ import annotations

import codecs
import csv
import io
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geozone.errors import DataError
from geozone.tables import read_table
from geozone.tables.legacy import decode_tcvn3, decode_vni, syllable_share

HEADER = "Họ và tên,Địa chỉ,Ngày khởi phát\n"
TEXT = HEADER + 'Trần Thị Mẫu,"Số 5, thôn Đoài, xã Phù Khê, thị xã Từ Sơn, tỉnh Bắc Ninh",1/7/2021\n'
ADDRESS = "Số 5, thôn Đoài, xã Phù Khê, thị xã Từ Sơn, tỉnh Bắc Ninh"
LETTERS = "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"


def write(tmp_path: Path, data: bytes | str, name: str = "cases.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def to_tcvn3(text: str) -> bytes:
    table = {decode_tcvn3(bytes([byte])): byte for byte in range(0xA1, 0x100) if not 0xB0 <= byte <= 0xB4}
    return bytes(table[sign] if not sign.isascii() else ord(sign) for sign in text)


def to_cp1258(text: str) -> bytes:
    """Write as Windows does: the letter with its own mark, then the tone."""
    out = []
    for sign in text:
        try:
            out.append(sign.encode("cp1258"))
        except UnicodeEncodeError:
            base, tone = unicodedata.normalize("NFD", sign)[0], ""
            for mark in unicodedata.normalize("NFD", sign)[1:]:
                if mark in "\u0300\u0301\u0303\u0309\u0323":
                    tone += mark
                else:
                    base = unicodedata.normalize("NFC", base + mark)
            out.append((base + tone).encode("cp1258"))
    return b"".join(out)


VNI_MARKS = {"\u0301": "ù", "\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}


def to_vni(text: str) -> bytes:
    """Write as the VNI fonts do, from their published key table, lower-case letters with marks only."""
    circumflex = {"": "â", "\u0301": "á", "\u0300": "à", "\u0309": "å", "\u0303": "ã", "\u0323": "ä"}
    breve = {"": "ê", "\u0301": "é", "\u0300": "è", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë"}
    single_i = {"": "i", "\u0301": "í", "\u0300": "ì", "\u0309": "æ", "\u0303": "ó", "\u0323": "ò"}
    out = []
    for sign in text:
        parts = unicodedata.normalize("NFD", sign)
        base, marks = parts[0], parts[1:]
        tone = next((mark for mark in marks if mark in VNI_MARKS), "")
        upper, low = base.isupper(), base.lower()
        if sign in "đĐ":
            written = "ñ"
        elif low == "i":
            written = single_i[tone]
        elif "\u0302" in marks:
            written = low + circumflex[tone]
        elif "\u0306" in marks:
            written = low + breve[tone]
        elif "\u031b" in marks:
            written = {"o": "ô", "u": "ö"}[low] + VNI_MARKS.get(tone, "")
        elif low == "y" and tone == "\u0323":
            written = "î"
        else:
            written = low + VNI_MARKS.get(tone, "")
        out.append(written.upper() if upper else written)
    return "".join(out).encode("cp1252")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (to_cp1258(TEXT), "windows-1258"),
        (to_tcvn3(TEXT), "tcvn3"),
        (to_vni(TEXT), "vni"),
    ],
)
def test_every_encoding_gives_the_same_composed_text(tmp_path: Path, data: bytes, encoding: str) -> None:
    table = read_table(write(tmp_path, data))
    assert table.encoding == encoding
    assert list(table.frame.columns) == ["Họ và tên", "Địa chỉ", "Ngày khởi phát"]
    assert table.frame.iloc[0].tolist() == ["Trần Thị Mẫu", ADDRESS, "1/7/2021"]


def test_tcvn3_agrees_with_gnu_iconv() -> None:
    iconv = shutil.which("iconv")
    if iconv is None:
        pytest.skip("GNU iconv is not installed")
    data = b"\n".join(bytes([byte]) for byte in range(0xA1, 0x100) if not 0xB0 <= byte <= 0xB4)
    command = [iconv, "-f", "TCVN5712-1", "-t", "UTF-8"]
    run = subprocess.run(command, input=data, capture_output=True, check=False)
    if run.returncode:
        pytest.skip("this iconv does not know TCVN5712-1")
    assert unicodedata.normalize("NFC", run.stdout.decode()) == decode_tcvn3(data)
    assert set(LETTERS) <= set(decode_tcvn3(data))


def test_cp1258_composes_every_vietnamese_letter(tmp_path: Path) -> None:
    data = ("Ngày,Xã\n".encode("cp1258", "ignore")) + to_cp1258("1/7/2021," + LETTERS + "\n")
    table = read_table(write(tmp_path, data), encoding="windows-1258")
    assert table.frame.iloc[0, 1] == LETTERS


def test_vni_reads_its_letters() -> None:
    text = "đường Nguyễn Huệ, quận Đống Đa, phường Thịnh Quang, tỉnh Vĩnh Phúc, ý kỹ thuật, bệnh"
    assert decode_vni(to_vni(text)) == text


def test_syllables_tell_vietnamese_from_a_wrong_decoding() -> None:
    assert syllable_share("Nguyễn Thị Huệ, phường Định Công, quận Hoàng Mai, khuỷu, ngoằn ngoèo") == 1.0
    assert syllable_share(to_tcvn3("phường Định Công, huyện Yên Phong").decode("cp1258", "replace")) < 0.5
    assert syllable_share("plain ASCII only") == 0.0


def test_text_in_another_language_is_not_taken_for_vietnamese(tmp_path: Path) -> None:
    data = "date,commune\n2021-07-01,Bourg-Saint-Andéol Hérault Ça Noël\n".encode("cp1252")
    table = read_table(write(tmp_path, data))
    assert table.frame["commune"].iloc[0].endswith("Noël")


@pytest.mark.parametrize("encoding", ["abc", "TCVN3"])
def test_encoding_by_name(tmp_path: Path, encoding: str) -> None:
    assert read_table(write(tmp_path, to_tcvn3(TEXT)), encoding=encoding).frame["Địa chỉ"].iloc[0] == ADDRESS


def test_unknown_and_wrong_encoding_are_data_errors(tmp_path: Path) -> None:
    path = write(tmp_path, to_tcvn3(TEXT))
    with pytest.raises(DataError, match="encoding 'klingon'"):
        read_table(path, encoding="klingon")
    with pytest.raises(DataError, match="not utf-8"):
        read_table(path, encoding="utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerows([["a", "b", "c"], ["x, y; z", "1,5", "p|q"], ["u\tv", "2,5", ""]])
    table = read_table(write(tmp_path, buffer.getvalue()))
    assert table.delimiter == delimiter
    assert table.frame["a"].tolist() == ["x, y; z", "u\tv"]
    assert pd.isna(table.frame["c"].iloc[1])


cells = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\r\n\t"), max_size=12)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_any_text_survives(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    rows = [["x" + row[0], *row[1:]] for row in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(
            [["first", "second", "third"], *rows]
        )
    table = read_table(path, delimiter=delimiter)
    assert table.frame.fillna("").to_numpy().tolist() == rows
    assert not table.row_faults


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["", "a b", 'q"q', "x,y", "đ"])), min_size=1, max_size=6
    )
)
def test_agrees_with_pandas(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "peer.csv"
    pd.DataFrame(rows, columns=["number", "text"]).to_csv(path, index=False)
    peer = pd.read_csv(path, dtype="str", keep_default_na=False)
    assert read_table(path).frame.fillna("").to_numpy().tolist() == peer.to_numpy().tolist()


def test_title_rows_blank_rows_and_numbering_are_not_data(tmp_path: Path) -> None:
    text = "SỞ Y TẾ;;\nDANH SÁCH CA BỆNH;;\n;;\nSTT;Xã;Ngày\n(1);(2);(3)\n1;A;1/7/2021\n;;\n\n2;B;2/7/2021\n"
    table = read_table(write(tmp_path, text))
    assert list(table.frame.columns) == ["STT", "Xã", "Ngày"]
    assert table.frame["Xã"].tolist() == ["A", "B"]
    assert table.row_numbers.tolist() == [6, 9]
    assert table.first_row == 6


def test_ragged_rows_are_kept_and_named(tmp_path: Path) -> None:
    text = 'a,b,c\n1,2,3\n4,5\n\n6,7,8,9,10\n"x\ny",11,12\n'
    table = read_table(write(tmp_path, text))
    assert table.frame["a"].tolist() == ["1", "4", "6", "x\ny"]
    assert [fault.row for fault in table.row_faults] == [3, 5]
    assert "2 cells" in table.row_faults[0].found
    assert table.surplus == {2: ("9", "10")}
    assert table.row_numbers.tolist() == [2, 3, 5, 6]


def test_duplicate_and_blank_headers(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "Ngày,Ngày,,Xã\n1,2,3,4\n"))
    assert list(table.frame.columns) == ["Ngày", "Ngày (2)", "column 3", "Xã"]
    assert table.headers == ("Ngày", "Ngày", "", "Xã")


def test_nul_bytes_do_not_stop_the_reader(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b"a,b\n" + b"1,long enough text to be text\n" * 20 + b"2,x\x00y\n"))
    assert table.frame["b"].iloc[-1] == "x\x00y"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "an empty file"),
        (b"\n\n  \n", "an empty file"),
        (b"\xef\xbb\xbf", "an empty file"),
        (bytes(range(256)) * 20, "no text"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\x1f\x8b\x08rest", "a gzip archive"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b'a,b\n9,8\n1,"2\n3,4\n5,6\n', "row 3: found a quotation mark"),
        (b'a,b\n9,"8\n' + b"1,2\n" * 40_000, "row 2: found a quotation mark"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(write(tmp_path, data))


def test_header_only_is_an_empty_table(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, HEADER))
    assert table.frame.shape == (0, 3)


def test_no_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_table(tmp_path / "nothing.csv")
    with pytest.raises(DataError, match="a folder"):
        read_table(tmp_path)


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(300 * 1024**2)
    with pytest.raises(DataError, match=r"300 MB.*256 MB or less.*raise max_bytes"):
        read_table(path)


def test_the_limit_can_be_set(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    with pytest.raises(DataError, match="max_bytes"):
        read_table(path, max_bytes=10)


def test_source_is_named_without_its_folder(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, TEXT))
    assert table.name == "cases.csv"
    assert len(table.sha256) == 64
