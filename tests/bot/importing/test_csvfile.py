"""Files as spreadsheets write them: encodings, delimiters, quotes, holes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.importing.csvfile import BadFile, rows, survey

TEXT = "Name;Téléphone\r\nZoë;+12125550101\r\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_every_usual_encoding_is_recognised(tmp_path: Path, encoding: str, found: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    seen = survey(path)
    assert (seen.encoding, seen.delimiter, seen.header) == (found, ";", ("Name", "Téléphone"))
    assert [row.cells for row in rows(seen)] == [("Zoë", "+12125550101")]


def test_an_accent_far_below_the_first_block_still_decides(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,phone\n" + b"Ana,1\n" * 300_000 + "Zoë,2\n".encode("cp1252"))
    seen = survey(path)
    assert seen.encoding == "cp1252"
    assert list(rows(seen, after_line=300_001))[-1].cells == ("Zoë", "2")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_although_cells_have_others_in_them(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        delimiter.join(("id", "total, with tax", "note")).replace("total, with tax", '"total, with tax"')
        + "\n"
        + delimiter.join(("1", '"12,50"', '"a;b|c"'))
        + "\n"
    )
    seen = survey(path)
    assert (seen.delimiter, seen.header) == (delimiter, ("id", "total, with tax", "note"))


def test_line_numbers_survive_quoted_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('\n\n  Name , PHONE ,,Name\nAna,"1\n2",x,y\n\n,,,\nBen,3\nCleo,4,5,6,7\nDan,1,2,3,,\n')
    seen = survey(path)
    assert (seen.first_line, seen.header) == (3, ("Name", "PHONE", "column 3", "Name (4)"))
    found = list(rows(seen))
    assert [(row.line, row.last_line) for row in found] == [(4, 5), (8, 8), (9, 9), (10, 10)]
    assert found[0].cells == ("Ana", "1\n2", "x", "y")
    assert found[1].cells == ("Ben", "3", "", "")
    assert found[2].bad == "5 cells, but the header has 4: a cell with the delimiter in it needs quotes"
    assert found[3].bad is None


def test_reading_can_begin_below(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"x\ny"\n2,z\n3,w\n')
    assert [row.cells[0] for row in rows(survey(path), after_line=3)] == ["2", "3"]


def test_excels_hint_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\r\nname;phone\r\nAna;1\r\n")
    seen = survey(path)
    assert (seen.delimiter, seen.header, seen.first_line) == (";", ("name", "phone"), 2)
    assert [row.line for row in rows(seen)] == [3]


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_file_unseen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,phone\n" + '"Ana,1\n' + "Ben,2\n" * 50_000)
    bad = [row for row in rows(survey(path)) if row.bad]
    assert bad[0].line == 2
    assert "quotation mark" in str(bad[0].bad)


def test_nul_bytes_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,phone\nA\0na,1\n")
    assert next(iter(rows(survey(path)))).cells == ("Ana", "1")


@pytest.mark.parametrize("content", [b"", b"\n \n", b"PK\x03\x04rest of a workbook"])
def test_what_is_no_csv_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        survey(path)


CELL = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\ufeff"), max_size=12)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=20), st.sampled_from(",;\t"))
def test_what_a_spreadsheet_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str, str]], delimiter: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([("alpha", "beta", "gamma"), *table])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(text.getvalue().encode())
    wanted = [tuple(cell.strip() for cell in cells) for cells in table if any(cell.strip() for cell in cells)]
    assert [row.cells for row in rows(survey(path))] == wanted
