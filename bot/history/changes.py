"""What kind of edit lies between two revisions: only words, only offers, or more. Pure.

Owns the two questions on which a rehearsal's one key depends. What changed in detail is `winback flow diff`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flows.definition import Courtesy, Flow, Node, Text

_SOMETHING = Text(({"en": "something"},))


@dataclass(frozen=True, slots=True)
class Kind:
    """`only_words`: nothing but what is said. `only_offers`: nothing but what offers are worth, and perhaps words, too.

    An edit that changes nothing at all is both.
    """

    only_words: bool
    only_offers: bool

    @property
    def small(self) -> bool:
        """Whether everybody can go on where they stand."""
        return self.only_words or self.only_offers


def kind_of(old: Flow, new: Flow) -> Kind:
    """What was edited between these two."""
    same_way = _way(old) == _way(new) and _courtesy(old) == _courtesy(new)
    return Kind(
        only_words=same_way and old.offers == new.offers,
        only_offers=same_way and set(old.offers) == set(new.offers),
    )


def _way(flow: Flow) -> Flow:
    """The flow without its words and without what its offers are worth."""
    nodes = {name: _wordless(node) for name, node in flow.nodes.items()}
    return replace(flow, title="", hash="", nodes=nodes, offers={}, courtesy=_NO_COURTESY)


def _courtesy(flow: Flow) -> tuple[object, object]:
    return flow.courtesy.replies, {name: _wordless(node) for name, node in flow.courtesy.nodes.items()}


def _wordless(node: Node) -> Node:
    return replace(node, say=_SOMETHING if node.say else None)


_NO_COURTESY = Courtesy({}, {}, {}, {}, {})
