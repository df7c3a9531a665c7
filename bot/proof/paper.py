"""The evidence file as a PDF that a lawyer can read without us.

Owns how it looks. Says nothing that the JSON does not say; the JSON has every fact of every receipt, the paper its rules.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from bot.proof import fonts
from bot.proof.fonts import BOLD, FONT, printable
from flows.zones import zone_named

_GREY, _LINE, _RED = HexColor("#555555"), HexColor("#bbbbbb"), HexColor("#aa0000")

_BODY = ParagraphStyle("body", fontName=FONT, fontSize=8.5, leading=11.5)
_SMALL = ParagraphStyle("small", parent=_BODY, fontSize=7, leading=9, textColor=_GREY)
_TITLE = ParagraphStyle("title", parent=_BODY, fontName=BOLD, fontSize=15, leading=19, spaceAfter=4)
_HEAD = ParagraphStyle(
    "head", parent=_BODY, fontName=BOLD, fontSize=11, leading=14, spaceBefore=10, spaceAfter=4
)
_STRONG = ParagraphStyle("strong", parent=_BODY, fontName=BOLD)
_SAID = ParagraphStyle("said", parent=_BODY, leftIndent=10, borderPadding=3, spaceBefore=2, spaceAfter=2)

_NAMES = {
    "opted_in": "consent given",
    "opted_out": "opted out",
    "held": "held (in doubt)",
    "released": "doubt settled",
    "signed_up": "signed up, asked to confirm",
}


def pdf(file: Mapping[str, Any]) -> bytes:
    """The PDF of what bot.proof.evidence gave."""
    fonts.load()
    made = BytesIO()
    title = f"Evidence on one customer of {file['shop']['name']}"
    document = SimpleDocTemplate(
        made,
        pagesize=LETTER,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=printable(title),
        author="Winback",
    )
    foot = functools.partial(_foot, file)
    story = [*_summary(file, title), *_ledger(file), *_texts(file), *_reading_aid()]
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return made.getvalue()


def _p(text: object, style: ParagraphStyle = _BODY) -> Paragraph:
    return Paragraph(escape(printable(str(text))).replace("\n", "<br/>"), style)


def _summary(file: Mapping[str, Any], title: str) -> Iterator[Any]:
    customer, chain, standing = file["customer"], file["chain"], file["standing"]
    consent, stopped = standing["consent"], standing["suppression"]
    left = [text for text in file["texts"] if text["direction"] == "out" and text["left_at"]]
    yield _p(title, _TITLE)
    rows = [
        ("Made", _utc(file["made_at"])),
        ("Number", customer["phone"] or "erased; the key below stands for it"),
        ("Key of the number", customer["phone_key"]),
        ("Customer since", _utc(customer["since"]) if customer["since"] else "not a customer"),
        ("Consent in force", f"{consent['kind']}, of {_utc(consent['at'])}" if consent else "none"),
        (
            "Suppression in force",
            f"{stopped['kind']} since {_utc(stopped['since'])} (source: {stopped['source']})"
            if stopped
            else "none",
        ),
        (
            "Texts",
            f"{len(left)} left for the customer, {sum(text['direction'] == 'in' for text in file['texts'])} received",
        ),
        ("Chain of the ledger", _chain_said(chain)),
        ("Checkpoint", _checkpoint_said(chain["checkpoint"])),
    ]
    if customer["erased_at"]:
        rows.insert(3, ("Erased", f"{_utc(customer['erased_at'])}, at the customer's request"))
    yield _table([(_p(name, _STRONG), _p(value)) for name, value in rows], (38 * mm, None))


def _chain_said(chain: Mapping[str, Any]) -> str:
    if chain["ok"]:
        if not chain["links"]:
            return "there is none: neither a consent nor an opt-out was ever written down"
        covered = (
            "nothing changed, nothing missing"
            if chain["checkpoint"]
            else "nothing changed; no checkpoint shows yet whether the newest links are missing"
        )
        return f"checked link by link: {chain['links']} link(s), {covered}"
    told = "; ".join(f"link {fault['seq']}: {fault['what']}" for fault in chain["faults"])
    return f"DOES NOT ADD UP. {told}"


def _checkpoint_said(checkpoint: Mapping[str, Any] | None) -> str:
    if checkpoint is None:
        return "not covered: none counts the newest link yet; one is written a day"
    fits = "fits" if checkpoint["fits"] else "DOES NOT FIT"
    return f"{fits}: that of {checkpoint['day']}, over {checkpoint['heads']} chains: {checkpoint['hash']}"


def _ledger(file: Mapping[str, Any]) -> Iterator[Any]:
    yield _p("Consent and opt-out: the ledger", _HEAD)
    if not file["ledger"]:
        yield _p("Nothing is written down: no consent was ever recorded, and no opt-out.")
    for link in file["ledger"]:
        act = f"{link['seq']}. {_NAMES.get(link['act'], link['act'])}"
        kind = link["details"].get("kind")
        lines = [
            _p(f"{act}{f' ({kind})' if kind else ''}, {_utc(link['at'])}, source: {link['source']}", _STRONG)
        ]
        details = {name: value for name, value in link["details"].items() if name not in ("kind", "wording")}
        if link["details"].get("wording"):
            lines.append(_p(f"Wording shown: «{link['details']['wording']}»", _SAID))
        if details:
            lines.append(_p(_told(details)))
        if link["personal_erased"]:
            lines.append(
                _p("The personal half (words, address, agent) was erased; its salted hash is in the chain.")
            )
        elif link["personal"]:
            lines.append(_p(_told(_short(link["personal"]))))
        lines.append(_p(f"hash {link['hash']}  after {link['prev_hash'] or 'nothing (first link)'}", _SMALL))
        yield KeepTogether([*lines, Spacer(1, 5)])


def _texts(file: Mapping[str, Any]) -> Iterator[Any]:
    yield _p("Texts, in order of time, and why each was allowed", _HEAD)
    if not file["texts"]:
        yield _p("None.")
    for number, text in enumerate(file["texts"], 1):
        yield from _sent(number, text) if text["direction"] == "out" else _heard(number, text)
        yield Spacer(1, 5)


def _sent(number: int, text: Mapping[str, Any]) -> Iterator[Any]:
    when = (
        f"left on {_utc(text['left_at'])}"
        if text["left_at"]
        else f"written on {_utc(text['written_at'])}, never left"
    )
    head = f"{number}. To the customer ({text['kind']}, by {text['author']}): {when}"
    end = [f"status {text['status']}"]
    end += [f"why: {text['why']}"] if text["why"] else []
    end += (
        [f"at the provider: {text['provider_id']} ({text['provider_status'] or 'no status'})"]
        if text["provider_id"]
        else []
    )
    end += [f"error {text['error_code']}"] if text["error_code"] else []
    reports = [f"{each['status']} {_utc(each['at'])}" for each in text["reports"]]
    block = [
        _p(head, _STRONG),
        _p(f"«{text['body']}»" if text["body"] else "(the words were erased)", _SAID),
        _p("; ".join(end)),
    ]
    if reports:
        block.append(_p("Reports: " + ", ".join(reports), _SMALL))
    yield KeepTogether(block)
    for receipt in text["receipts"]:
        yield _receipt(receipt)


def _receipt(receipt: Mapping[str, Any]) -> Any:
    decision = {"allow": "ALLOWED", "defer": "put off", "deny": "DENIED"}.get(
        receipt["decision"], receipt["decision"]
    )
    until = f" until {_utc(receipt['until'])}" if receipt["until"] else ""
    place = receipt["facts"].get("place") or {}
    zones = place.get("zones") or []
    local = ", ".join(_local(receipt["at"], zone) for zone in zones[:3])
    where = f"Customer's clock: {local} (known by {place.get('how')}). " if zones else ""
    rules = " · ".join(
        f"{rule['id']}{'' if rule['verdict'] == 'allow' else ' ' + rule['verdict'].upper()}: {rule['why']}"
        for rule in receipt["rules"]
    )
    told = f"Gate, {_utc(receipt['at'])}: {decision}{until}. {where}{rules}. Data: {receipt['data_version']}"
    return _p(told, _SMALL)


def _heard(number: int, text: Mapping[str, Any]) -> Iterator[Any]:
    more = [f"to {text['our_number']}", f"id {text['provider_id']}"]
    more += [f"opt-out found by: {text['opt_out']}"] if text["opt_out"] else []
    more += [f"keyword {text['keyword']}"] if text["keyword"] else []
    more += [f"read as: {text['read_as']}"] if text["read_as"] else []
    more += [f"{text['media']} picture(s)"] if text["media"] else []
    said = f"«{text['body']}»" if text["body"] else "(no words, or erased)"
    yield KeepTogether(
        [
            _p(f"{number}. From the customer: {_utc(text['at'])}", _STRONG),
            _p(said, _SAID),
            _p("; ".join(more)),
        ]
    )


def _reading_aid() -> Iterator[Any]:
    yield _p("How to read this", _HEAD)
    yield _p(
        "Each text passes a gate at the moment at which it is about to leave; its answer, with every rule, is stored with "
        "the text and printed above as it was given then. Each entry of the ledger carries a SHA-256 over its content and "
        "the entry before it, so that none can be changed or left out in the middle without a trace; the checkpoint does the "
        "same, once a day, for the ends of all chains. All times are UTC unless a place stands beside them. Characters that "
        "the print has no sign for, such as emoji, are written out in [brackets]. The JSON form of this file "
        "(winback evidence --out FILE.json) has every fact that each answer rests on."
    )


def _told(values: Mapping[str, Any]) -> str:
    return "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in values.items())


def _short(personal: Mapping[str, Any]) -> dict[str, Any]:
    """An attached file is named, not printed."""
    plain = {name: value for name, value in personal.items() if name != "evidence"}
    attached = personal.get("evidence")
    if isinstance(attached, Mapping):
        plain["evidence file"] = (
            f"{attached.get('name')}, {attached.get('size')} bytes, SHA-256 {attached.get('sha256')}"
        )
    return plain


def _table(rows: list[tuple[Any, ...]], widths: tuple[float | None, ...]) -> Table:
    lines = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.3, _LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return Table(rows, colWidths=widths, style=lines)


def _foot(file: Mapping[str, Any], canvas: Any, document: Any) -> None:
    canvas.saveState()
    canvas.setFont(FONT, 7)
    canvas.setFillColor(_GREY)
    key = file["customer"]["phone_key"][:12]
    canvas.drawString(
        18 * mm, 10 * mm, printable(f"{file['shop']['name']} · key {key}… · made {_utc(file['made_at'])}")
    )
    canvas.drawRightString(LETTER[0] - 18 * mm, 10 * mm, f"page {document.page}")
    canvas.restoreState()


def _utc(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M:%S} UTC"


def _local(at: str, zone: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(zone_named(zone)):%a %H:%M} {zone}"
