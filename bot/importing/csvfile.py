"""A CSV file as somebody's spreadsheet wrote it: encoding, delimiter, header, and its rows one by one.

Owns the reading of bytes into cells. Holds one row at a time, however long the file. Must not know what a column means.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SAMPLE_BYTES = 256 * 1024
LONGEST_RECORD = 100
"""Physical lines in one row. More of them are a quotation mark that was never closed."""
DELIMITERS = ",;\t|"


class BadFile(ValueError):
    """Not a CSV file that could be read at all; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the bytes has shown. `digest` is their SHA-256; `first_line` is the header's."""

    path: Path
    size: int
    digest: str
    encoding: str
    delimiter: str
    first_line: int
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `line` is where it begins, `last_line` where it ends (quoted cells hold line breaks). `bad` says
    what is wrong with its shape, None when nothing is."""

    line: int
    last_line: int
    cells: tuple[str, ...]
    bad: str | None = None


def survey(path: Path) -> Survey:
    """Read the file once for its digest and encoding, and its beginning for delimiter and header. Raises BadFile."""
    digest, size, encoding = _pass(path)
    with path.open("rb") as file:
        text = codecs.getincrementaldecoder(encoding)().decode(file.read(SAMPLE_BYTES)).replace("\0", "")
    if not text.strip():
        raise BadFile("the file is empty")
    told = re.match(r"\ufeff?sep=(.)\r?\n", text, re.IGNORECASE)  # Excel's own hint
    delimiter = told.group(1) if told else _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    for cells in reader:
        if any(cell.strip() for cell in cells) and not (told and before == 0):
            return Survey(path, size, digest, encoding, delimiter, before + 1, _names(cells))
        before = reader.line_num
    raise BadFile("the file has no header line")


def rows(
    found: Survey, *, after_line: int = 0, on_bytes: Callable[[int], None] = lambda read: None
) -> Iterator[Row]:
    """The records after the header, blank ones left out, from the first that begins after `after_line`.

    `on_bytes` hears how many bytes were read so far.
    """
    width = len(found.header)
    with found.path.open("rb", buffering=0) as raw:
        text = io.TextIOWrapper(io.BufferedReader(raw, 64 * 1024), encoding=found.encoding, newline="")
        reader = csv.reader((line.replace("\0", "") for line in text), delimiter=found.delimiter)
        number = 0
        while True:
            before = reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error:
                yield Row(before + 1, reader.line_num, (), "a quotation mark opens here and is never closed")
                continue
            number += 1
            if before < found.first_line or before < after_line or not any(cell.strip() for cell in cells):
                continue
            if number % 64 == 0:
                on_bytes(raw.tell())
            yield _row(before + 1, reader.line_num, cells, width)
        on_bytes(found.size)


def _row(line: int, last_line: int, cells: list[str], width: int) -> Row:
    if last_line - line >= LONGEST_RECORD:
        return Row(
            line, last_line, tuple(cells[:width]), "a quotation mark opens here and is closed very far below"
        )
    if len(cells) > width:
        if any(cell.strip() for cell in cells[width:]):
            why = f"{len(cells)} cells, but the header has {width}: a cell with the delimiter in it needs quotes"
            return Row(line, last_line, tuple(cells), why)
        cells = cells[:width]
    stripped = [cell.strip() for cell in cells]
    return Row(line, last_line, (*stripped, *[""] * (width - len(stripped))))


def _pass(path: Path) -> tuple[str, int, str]:
    digest, size = hashlib.sha256(), 0
    utf8: codecs.IncrementalDecoder | None = None
    cp1252 = codecs.getincrementaldecoder("cp1252")()
    single, encoding = True, ""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if size == 0:
                encoding = _mark(block)
                utf8 = None if encoding else codecs.getincrementaldecoder("utf-8")()
            digest.update(block)
            size += len(block)
            if encoding:
                continue
            if utf8 is not None and not _decodes(utf8, block):
                utf8 = None
            single = single and _decodes(cp1252, block)
    if size == 0:
        raise BadFile("the file is empty")
    if not encoding:
        encoding = "utf-8" if utf8 is not None and _decodes(utf8, b"", last=True) else ""
        encoding = encoding or ("cp1252" if single else "latin-1")
    return digest.hexdigest(), size, encoding


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, last: bool = False) -> bool:
    try:
        decoder.decode(block, last)
    except UnicodeDecodeError:
        return False
    return True


def _mark(start: bytes) -> str:
    """The encoding that the first bytes give away; empty when they don't."""
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadFile("this is an Excel workbook: save it as CSV (UTF-8) first")
    head = start[:4096]
    if head[1::2].count(0) > len(head) // 5:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) // 5:
        return "utf-16-be"
    return ""


def _delimiter(text: str) -> str:
    """The one that cuts the first records into the most cells, the same number each."""
    sample = io.StringIO(text).read(64 * 1024)

    def score(delimiter: str) -> tuple[float, int]:
        widths: list[int] = []
        try:
            for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
                if cells:
                    widths.append(len(cells))
                if len(widths) == 20:
                    break
        except csv.Error:
            return (0, 0)
        if not widths or widths[0] < 2:
            return (0, 0)
        return (sum(width == widths[0] for width in widths) / len(widths), widths[0])

    best = max(DELIMITERS, key=lambda delimiter: (score(delimiter)[1] > 0, *score(delimiter)))
    return best if score(best)[1] else ","


def _names(cells: list[str]) -> tuple[str, ...]:
    """The header as people read it: blanks trimmed, empty and repeated names told apart."""
    names: list[str] = []
    while cells and not cells[-1].strip() and len(cells) > 1:
        cells = cells[:-1]
    for number, cell in enumerate(cells, 1):
        name = re.sub(r"\s+", " ", cell.replace("\ufeff", "")).strip() or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return tuple(names)
