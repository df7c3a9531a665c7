"""The shipped sentence encoder at run time: a text in, vectors out, by onnxruntime and tokenizers.

Owns how a text becomes tokens and tokens a sentence vector (the mean over the tokens' vectors). Knows no intents: the head
that reads them off is `nlu.cascade`'s, and shop facts are compared by the same vectors (`nlu.answers`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODELS = Path(__file__).parent / "models"
NETWORK = MODELS / "encoder.onnx"
TOKENS = MODELS / "encoder.tokens.json"
SIZE = 384
LONGEST = 64
"""Tokens that are read. Of a longer text the first half and the last: what is wanted stands at either end."""
MANY = 400
"""Characters of either end that are cut into tokens at all: the cost of a text has a bound."""

Floats = npt.NDArray[np.float32]

PLAINER = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "…": "..."})


class SentenceEncoder:
    """A loaded network and its tokens. Immutable once made; threads may share it."""

    def __init__(self, session: InferenceSession, tokens: Tokenizer) -> None:
        self._session = session
        self._tokens = tokens

    def embed(self, text: str) -> tuple[Floats, Floats]:
        """The vectors of a text in the middle layer and in the last, shape (384,) each. Any string has them; never raises."""
        tokens = np.array([self.token_ids(text)], np.int64)
        middle, last = self._session.run(None, {"input_ids": tokens, "attention_mask": np.ones_like(tokens)})
        return middle[0], last[0]

    def token_ids(self, text: str) -> list[int]:
        """The tokens of a text, at most LONGEST, with the marks of its beginning and end."""
        if len(text) > 2 * MANY:
            text = text[:MANY] + " " + text[-MANY:]
        # a lone surrogate is no character: the tokenizer takes UTF-8
        plain = text.translate(PLAINER).encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self._tokens.encode(plain).ids
        half = LONGEST // 2
        return ids if len(ids) <= LONGEST else ids[:half] + ids[-half:]


def load(network: Path = NETWORK, tokens: Path = TOKENS) -> SentenceEncoder:
    """Read the network: one thread a text, since a worker has its own share of the cores. Raises FileNotFoundError."""
    # here, so that a process that reads nothing (the console, a webhook) carries no runtime
    from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
    from tokenizers import Tokenizer

    for path in (network, tokens):
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: `make model` makes it")
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_ALL
    options.enable_cpu_mem_arena = False  # an arena keeps what the longest text needed, for ever
    options.log_severity_level = 3
    session = InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    reader = Tokenizer.from_file(str(tokens))
    reader.no_padding()
    reader.no_truncation()
    return SentenceEncoder(session, reader)
