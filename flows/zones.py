"""The time zones as the pinned tzdata package has them, whatever the machine's own files say.

Owns the reading of zone files. R49: DST edges come from zone files, never from fixed offsets; the pin makes two machines
agree about the same night.
"""

from __future__ import annotations

import functools
from importlib import metadata, resources
from zoneinfo import ZoneInfo  # noqa: TID251  the one place


@functools.cache
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises ValueError for a name that the pinned data does not have."""
    folder, _, leaf = ("tzdata.zoneinfo." + name.replace("/", ".")).rpartition(".")
    try:
        with resources.files(folder).joinpath(leaf).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (OSError, ModuleNotFoundError, ValueError, TypeError) as error:
        raise ValueError(f"no time zone is called {name!r}") from error


@functools.cache
def version() -> str:
    """Which release of the zone data is pinned, e.g. 2026.6."""
    return metadata.version("tzdata")
