"""`winback segments`: a JSON string a line in, an object a line out, whatever the strings hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main


def call(lines: bytes, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["segments", *arguments], input=lines)


def said(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "encoding", "units", "segments"),
    [
        pytest.param(b'"Hi"', "GSM-7", 2, 1, id="plain"),
        pytest.param(b'""', "GSM-7", 0, 1, id="empty string"),
        pytest.param(b'"' + b"a" * 161 + b'"', "GSM-7", 161, 2, id="R130 161"),
        pytest.param(b'"5 \\u20ac"', "GSM-7", 4, 1, id="R131 euro"),
        pytest.param('"5 €"'.encode(), "GSM-7", 4, 1, id="R131 euro as it is"),
        pytest.param(b'"\\ud83d\\ude00"', "UCS-2", 2, 1, id="R133 a pair, escaped"),
        pytest.param(b'"\\ud83d"', "UCS-2", 1, 1, id="half a pair"),
        pytest.param(b'"\\ude00\\ud83d"', "UCS-2", 2, 1, id="halves in the wrong order"),
        pytest.param(b'"\\u0000"', "UCS-2", 1, 1, id="NUL, escaped"),
        pytest.param(b'"a\x00b\tc"', "UCS-2", 5, 1, id="control characters as they are"),
        pytest.param(b'"a\xe2\x80\xa8b"\r', "UCS-2", 3, 1, id="a line separator is no end of a line"),
        pytest.param(b'\xef\xbb\xbf"Hi"', "GSM-7", 2, 1, id="a mark of the byte order"),
    ],
)
def test_a_string_is_counted(line: bytes, encoding: str, units: int, segments: int) -> None:
    result = call(line + b"\n")
    assert result.exit_code == 0, result.output
    assert said(result) == [{"encoding": encoding, "units": units, "segments": segments}]


@pytest.mark.parametrize(
    "line", [b"", b"nonsense", b"5", b'["a"]', b"null", b'"a', b'"caf\xe9"', b"[" * 5000]
)
def test_a_line_without_a_string_says_so_in_its_place(line: bytes) -> None:
    result = call(b'"before"\n' + line + b'\n"after"\n')
    assert result.exit_code == 1
    before, wrong, after = said(result)
    assert list(wrong) == ["error"]
    assert (before["units"], after["units"]) == (6, 5)


def test_the_last_line_needs_no_end_and_no_line_needs_an_answer() -> None:
    assert len(said(call(b'"a"\n"b"'))) == 2
    assert call(b"").stdout == ""
    assert call(b"").exit_code == 0


def test_a_file_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_bytes(b'"Hi"\n')
    assert said(call(b"", str(path))) == [{"encoding": "GSM-7", "units": 2, "segments": 1}]


def test_r134_tidied_it_is_counted_as_it_would_leave() -> None:
    line = '"It’s ready"\n'.encode()
    assert said(call(line))[0]["encoding"] == "UCS-2"
    assert said(call(line, "--tidy"))[0]["encoding"] == "GSM-7"
