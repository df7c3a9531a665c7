from __future__ import annotations

import xml.etree.ElementTree as Xml
from collections import Counter

from nlu.confusion import confusion_picture, confusion_table

COUNTS = Counter({("stop", "stop"): 9, ("stop", "no"): 1, ("no", "no"): 4})


def _texts(picture: str) -> list[str]:
    return [each.text or "" for each in Xml.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  our own


def test_both_forms_show_the_same_counts() -> None:
    picture = _texts(confusion_picture(COUNTS, "Ours", ("stop", "no", "yes")))
    table = confusion_table(COUNTS, ("stop", "no", "yes")).split()
    for count in ("9", "1", "4"):
        assert picture.count(count) == table.count(count) == 1


def test_labels_without_lines_are_columns_but_no_rows() -> None:
    picture = _texts(confusion_picture(COUNTS, "Ours", ("stop", "no", "yes")))
    assert (picture.count("stop"), picture.count("yes")) == (2, 1)


def test_a_title_stays_text() -> None:
    assert "<b>" in _texts(confusion_picture(COUNTS, "<b>", ("stop",)))[0]
