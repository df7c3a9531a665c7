"""What a shop's fact may look like: its name, its length, its languages. For the command line and the console alike."""

from __future__ import annotations

import re

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST = 600
"""Characters of an answer."""
LANGUAGES = ("en", "es")
