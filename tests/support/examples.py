"""How much hypothesis tries: everything in `make test`, a fifth of it in `make check`. A failure prints how to repeat it.

A test that wants another number than the profile's hundred says `@settings(max_examples=examples(300))`: a bare number
would be tried in `make check` as well.
"""

from __future__ import annotations

from hypothesis import settings

FULL = 100


def offer_profiles() -> None:
    """`check` is chosen by `--hypothesis-profile=check`; without a choice it is `full`."""
    # how long a step takes is a row of the benchmarks, on a quiet machine
    settings.register_profile("full", deadline=None, max_examples=FULL, print_blob=True)
    settings.register_profile("check", settings.get_profile("full"), max_examples=FULL // 5)
    settings.load_profile("full")


def examples(number: int) -> int:
    """The share of `number` that the profile asks for."""
    return max(1, number * settings().max_examples // FULL)
