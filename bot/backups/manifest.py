"""What lies beside a backup: when it was made, of what, with which key; and the mark that keeps it from being used raw.

Owns the manifest's form and the two errors. A backup's own schema version is a mark (`MARK`), so that a copy put back
by hand is refused by every process: only `winback restore` knows what must not leave again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from bot.schema import MARK

__all__ = [
    "MARK",
    "BackupFailed",
    "Kind",
    "Manifest",
    "RestoreRefused",
    "digest",
    "manifest_of",
    "write_manifest",
]

Kind: TypeAlias = Literal["sqlite", "postgresql"]
_BLOCK = 1 << 20


class BackupFailed(RuntimeError):
    """No backup was made; the message says why, and what to do."""


class RestoreRefused(RuntimeError):
    """Nothing was restored and nothing changed; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup. `schema` is the version of its tables; `key` the fingerprint of the secret key that they need."""

    made_at: datetime
    kind: Kind
    schema: str
    key: str
    texts: int
    """Outbound rows, so that a person can see which backup this is."""
    bytes: int
    sha256: str


def write_manifest(file: Path, manifest: Manifest) -> Path:
    """Write it beside the backup `file`; gives where."""
    path = _beside(file)
    document = {**asdict(manifest), "made_at": manifest.made_at.isoformat()}
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    path.chmod(0o600)
    return path


def manifest_of(file: Path) -> Manifest:
    """The manifest of a backup, once the file is the one that it describes. Raises RestoreRefused."""
    path = _beside(file)
    if not file.is_file():
        raise RestoreRefused(f"there is no file {file}")
    try:
        document = json.loads(path.read_text("utf-8"))
        manifest = Manifest(**{**document, "made_at": datetime.fromisoformat(document["made_at"])})
    except FileNotFoundError as error:
        raise RestoreRefused(
            f"{path} is missing: it was written beside the backup, bring it as well"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise RestoreRefused(f"{path} is not a manifest of `winback backup`") from error
    if digest(file) != manifest.sha256:
        raise RestoreRefused(
            f"{file} is not what {path.name} describes: it was cut off or changed; take another one"
        )
    return manifest


def digest(file: Path) -> str:
    """SHA-256 of a file, hex."""
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def _beside(file: Path) -> Path:
    return file.with_name(file.name + ".json")
