"""Ropes: what hangs on them ends with the process that holds them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from bot.processes import tether
from tests.support.processes import gone, wait_until

pytestmark = pytest.mark.server

PARENT = textwrap.dedent("""
    import subprocess, sys
    from bot.processes import tether
    reading, writing = tether.rope()
    {kernel}
    child = {child}
    print(child.pid, flush=True)
    sys.stdin.read()
""")
OURS = "subprocess.Popen([sys.executable, '-c', {code!r}], pass_fds=(reading,), start_new_session=True)"
FOREIGN = "subprocess.Popen(tether.tied(['/bin/sleep', '600'], reading), pass_fds=(reading,), start_new_session=True)"


def _child_of_a_killed_parent(child: str) -> int:
    script = PARENT.format(kernel="", child=child)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
    return pid


def _ours(before: str) -> str:
    code = f"import sys, time\nfrom bot.processes import tether\n{before}\ntether.tie(int(sys.argv[1]))\ntime.sleep(600)"
    return OURS.format(code=code).replace("], pass_fds", ", str(reading)], pass_fds")


def test_a_child_of_ours_ends_when_its_parent_is_killed() -> None:
    pid = _child_of_a_killed_parent(_ours(""))
    wait_until(lambda: gone(pid))


def test_a_child_of_ours_ends_without_the_kernels_help() -> None:
    pid = _child_of_a_killed_parent(_ours("tether.follow_parent = lambda: None"))
    wait_until(lambda: gone(pid))


def test_a_foreign_program_ends_when_its_parent_is_killed() -> None:
    pid = _child_of_a_killed_parent(FOREIGN)
    wait_until(lambda: gone(pid))


def test_a_process_started_by_hand_hangs_on_no_rope() -> None:
    tether.tie(None)
    assert not gone(os.getpid())
