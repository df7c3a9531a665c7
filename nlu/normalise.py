"""Makes one plain form of whatever a phone sends. Owns look-alikes, elongation, spelled-out letters and quoted reactions.

Decides nothing about meaning. Never raises, whatever the string; its time grows with the length, and only the first
and the last part of an absurdly long text is looked at (`LONGEST`; a carrier delivers 1,600 characters at most).

The plain form is lower case without accents, tokens parted by one blank: words (apostrophes dropped: «dont»), single
punctuation marks and single emoji.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, TypeAlias

from nlu.tables import words

Reaction: TypeAlias = Literal[
    "liked", "loved", "disliked", "laughed", "emphasised", "questioned", "withdrawn"
]

LONGEST = 1_600
"""Characters that are read of a text. Of a longer one the middle is left out: what is wanted stands at the beginning, and STOP
may stand at the end."""
LONGEST_PLAIN = 1_800
"""The same of the plain form, which has a blank before each comma and full stop: of what a carrier delivers, and somebody
wrote, nothing is left out."""
_END = 500

# Look-alikes of Latin small letters (Cyrillic, Greek, Armenian, small capitals). Applied only to words that mix scripts
# or become a carrier word: honest Cyrillic stays Cyrillic.
_LOOKALIKES = str.maketrans(
    {
        **dict(zip("аеорсухіјѕԁһӏԛԝвмнткг", "aeopcyxijsdhlqwbmhtkr", strict=True)),
        **dict(zip("αβεικνορτυχηωσ", "abeiknoptuxnwo", strict=True)),
        **dict(zip("օսոցհԼ", "ounghl", strict=True)),
        **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
        "ⅼ": "l",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ı": "i",
    }
)
_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "|": "i"}
)
_CONTROLS = dict.fromkeys((*range(32), 127), " ")
_HIDDEN_WORDS = words(
    """
    stop stopall unsubscribe unsub end quit cancel revoke optout remove delete stopit start unstop
    help info fuck spam texting text texts alto baja parar basta para paren
    """
)
"""Words that people disguise (st0p, s t o p, ЅТОР); only these are uncovered, so that «b4» and «2 bags» stay."""

_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´ʼ＇](?=\w)")
_TOKEN = re.compile(r"[^\W_]+|_+|[^\w\s]")
_SPELLED = re.compile(r"(?<![^\W_])[^\W\d_](?:[\s.\-_*·]{1,3}[^\W\d_]){2,11}(?![^\W_])")
_DISGUISED = re.compile(r"[^\s,;:?\"()]+")
_DISGUISE = frozenset("013457@$!|")
_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED_ANYWAY = {"god": "good", "col": "cool", "fre": "free", "se": "see", "ned": "need", "kep": "keep", "tol": "tool",
                   "wek": "week", "al": "all", "hel": "hell", "wel": "well", "kil": "kill", "stopal": "stopall",
                   "helo": "hello", "of": "off", "hm": "hmm", "bok": "book", "fed": "feed", "soon": "soon"}  # fmt: skip
_REPEATED_TOKEN = re.compile(r"(?:(?<=\s)|^)([^\w\s])(?: \1){2,}(?=\s|$)")

_KINDS: dict[str, Reaction] = {
    **dict.fromkeys(
        ("liked", "le gusta", "le gusto", "me gusta", "te gusto", "dio me gusta a", "ha gustado"), "liked"
    ),
    **dict.fromkeys(("loved", "le encanta", "le encanto", "me encanta", "ha encantado"), "loved"),
    **dict.fromkeys(
        ("disliked", "no le gusta", "no le gusto", "no me gusta", "no le ha gustado", "dio no me gusta a"),
        "disliked",
    ),
    **dict.fromkeys(("laughed at", "se rio de", "se rio con", "se ha reido de", "le dio risa"), "laughed"),
    **dict.fromkeys(
        ("emphasized", "emphasised", "enfatizo", "exclamo", "destaco", "ha enfatizado"), "emphasised"
    ),
    **dict.fromkeys(
        ("questioned", "pregunto por", "puso en duda", "cuestiono", "ha cuestionado"), "questioned"
    ),
}
_EMOJI_KINDS: dict[str, Reaction] = {
    **dict.fromkeys("👍✅👌🙏👏💯", "liked"),
    **dict.fromkeys("❤♥😍🥰💕💖🧡💛💚💙💜", "loved"),
    **dict.fromkeys("👎😡🤬😠🖕", "disliked"),
    **dict.fromkeys("😂🤣😆😹", "laughed"),
    **dict.fromkeys("‼❗😮😲", "emphasised"),
    **dict.fromkeys("❓❔🤔", "questioned"),
}
_OPENING = "\"“”«»„‟‘'‹"
_CLOSING = "\"”“»«‟’'›"
_VERB = "|".join(sorted((re.escape(kind) for kind in _KINDS), key=len, reverse=True))
_REACTION = re.compile(
    rf"(?:(?P<verb>{_VERB})|(?:reacted(?: with)?|reacciono(?: con)?|ha reaccionado con)? ?(?P<emoji>[^\w\s])\ufe0f? (?:to|a)"
    rf"|(?P<removed>removed (?:an?|the) \w+(?: \w+)? from|quito (?:un|una|el|la) .{{1,20}}? (?:de|a))) ?:? ?"
    rf"(?:(?P<quote>[{_OPENING}])|(?P<thing>(?:an?|the|una?|la|el|your|tu) (?:image|photo|picture|movie|video|audio|gif|sticker|"
    rf"attachment|link|message|imagen|foto|pelicula|mensaje|archivo|audio message)\b))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in plain form. `text` holds the tokens; `words` only the words; `reaction` is set when a phone reaction
    («Liked "..."») was cut out, and what is left is the customer's own."""

    text: str
    words: tuple[str, ...]
    reaction: Reaction | None

    @property
    def bare(self) -> str:
        """The words alone, parted by blanks: what two wordings of the same line have in common."""
        return " ".join(self.words)


def normalise(text: str) -> Plain:
    """The plain form of a text. Never raises."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - _END]} {text[-_END:]}"
    text = _readable(text)
    reaction, text = _cut_reaction(text)
    text = _APOSTROPHES.sub("", text)
    text = _SPELLED.sub(_join_spelled, text)
    text = _DISGUISED.sub(_uncover, text)
    tokens = _TOKEN.findall(text)
    if not text.isascii() or _ELONGATED.search(text):
        tokens = [_shorten(_same_script(token)) for token in tokens]
    plain = _REPEATED_TOKEN.sub(r"\1", " ".join(tokens))
    if len(plain) > LONGEST_PLAIN:
        plain = (
            f"{plain[: LONGEST_PLAIN - _END].rpartition(' ')[0]} {plain[-_END:].partition(' ')[2]}".strip()
        )
    words = tuple(token for token in plain.split() if token[0].isalnum())
    return Plain(plain, words, reaction)


def _readable(text: str) -> str:
    """Compatibility forms, case, accents, invisible characters."""
    if text.isascii():
        return " ".join(text.lower().translate(_CONTROLS).split())
    text = "".join(map(_letter, text))
    text = unicodedata.normalize("NFKD", text).casefold()
    if len(text) > 2 * LONGEST:  # one character may unfold into eighteen
        text = f"{text[:LONGEST]} {text[-LONGEST:]}"
    kept = []
    for char in text:
        category = unicodedata.category(char) if not char.isascii() else ""
        if category in ("Mn", "Me", "Cf", "Co", "Cn", "Cs"):
            continue
        if category == "Sk" and 0x1F3FB <= ord(char) <= 0x1F3FF:  # skin tones
            continue
        kept.append(" " if category == "Cc" or (char.isascii() and not char.isprintable()) else char)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _letter(char: str) -> str:
    """Letters that NFKD leaves alone: regional indicators and the negative circled and squared alphabets."""
    code = ord(char)
    for first in (0x1F1E6, 0x1F150, 0x1F170):
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    return char


def _cut_reaction(text: str) -> tuple[Reaction | None, str]:
    found = _REACTION.match(text)
    if found is None:
        return None, text
    if found["removed"]:
        kind: Reaction | None = "withdrawn"
    elif found["verb"]:
        kind = _KINDS.get(" ".join(found["verb"].split()))
    else:
        kind = _EMOJI_KINDS.get(found["emoji"])
    if kind is None and not found["quote"]:
        return None, text
    if found["quote"]:
        end = max(text.rfind(mark, found.end()) for mark in _CLOSING)
        # «don't» inside the quotation: an apostrophe ends nothing unless the quotation began with one
        if end >= 0 and text[end] in "’'" and text[end - 1 : end + 2].replace(text[end], "").isalnum():
            end = max(text.rfind(mark, found.end()) for mark in _CLOSING if mark not in "’'")
        rest = text[end + 1 :] if end >= 0 else ""
    else:
        rest = text[found.end() :]
    return kind or "liked", rest


def _join_spelled(match: re.Match[str]) -> str:
    joined = re.sub(r"[\W_]", "", match[0])
    return joined if _latin(joined) in _HIDDEN_WORDS else match[0]


def _uncover(match: re.Match[str]) -> str:
    word = match[0]
    if len(word) > 20 or _DISGUISE.isdisjoint(word) or not any(char.isalpha() for char in word):
        return word
    core = word.rstrip("!?.,")
    uncovered = _ELONGATED.sub(r"\1", core.translate(_LEET))
    return uncovered + word[len(core) :] if uncovered in _HIDDEN_WORDS else word


def _same_script(token: str) -> str:
    if token.isascii():
        return token
    latin = _latin(token)
    if latin == token:
        return token
    mixed = any("a" <= char <= "z" for char in token)
    return latin if (mixed or latin in _HIDDEN_WORDS) and latin.isascii() else token


def _latin(token: str) -> str:
    return token.translate(_LOOKALIKES)


def _shorten(token: str) -> str:
    short = _ELONGATED.sub(r"\1", token)
    return _DOUBLED_ANYWAY.get(short, short) if short != token else token
