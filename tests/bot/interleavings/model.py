"""One conversation as plain values, and the real code's transactions as pure functions on them.

Owns what each transaction reads and writes; `guards` says what stops it, `promises` what must never come of it. Must not
know the order of anything: `actors` puts steps together. It mirrors bot.conversations (receive, turn, journal, holders)
and bot.sending (dispatch, wanted, results, status); `test_the_real_code_takes_the_same_schedules` fails when they part.

Left out, because nobody races there: wording, windows, caps, coupons, prices; settling is 0. One customer, one flow and
the front desk. Texts of the customer are called R1, R2 (replies, a plain «yes»), Q1 (one that still needs somebody after
a stop), S1, S2 (a stop that the rules find) and M1 (a stop in words that only the model understands).
"""

from __future__ import annotations

from typing import NamedTuple

from tests.bot.interleavings.guards import Guards, asks


class Text(NamedTuple):
    """One inbound row."""

    name: str
    turned: bool = False
    repeated: bool = False
    """A stop while one was in force already: it is not confirmed again (R5)."""


class Row(NamedTuple):
    """One outbound row. The last four are for the promises: no guard looks at them."""

    key: int
    """The turn that wrote it."""
    of: str
    """flow or desk."""
    kind: str
    """opener and reminder (marketing), answer, confirmation (compliance)."""
    answers: tuple[str, ...]
    fence: int
    read: int
    """How many texts were there when it was written: the last one is the last that it knows."""
    status: str = "ready"
    put_off: bool = False
    """The gate said later; nothing here lasts that long."""
    provider_knows: bool = False
    """Its provider id is on the row: a status report came."""
    takeovers: int = 0
    """Takeovers before it was written."""
    handed: int = 0
    accepted: int = 0
    definite_no: bool = False
    """What came of the last call: certainly not accepted."""


class World(NamedTuple):
    """The rows of one conversation. The last three are for the promises."""

    texts: tuple[Text, ...] = ()
    rows: tuple[Row, ...] = ()
    signals: tuple[tuple[str, int], ...] = ()
    """(started | refused | withheld | outdated | handed_back, row)."""
    timer: bool = False
    """The flow's silence is over."""
    floor: bool = False
    flow_lives: bool = True
    flow_last: int = -1
    """The flow's last turn's row, if that turn can be undone; -1 if it cannot."""
    desk_last: int = -1
    turns: int = 0
    holder: str = "bot"
    fence: int = 0
    suppressed: bool = False
    takeovers: int = 0
    said_stop: bool = False
    held: frozenset[str] = frozenset()
    """Replies that people have."""


def is_stop(name: str) -> bool:
    """Found by the rules, when it is stored."""
    return name.startswith("S")


def model_stop(name: str) -> bool:
    """Found by the model, when it is read."""
    return name.startswith("M")


def is_reply(name: str) -> bool:
    """Wants an answer or a person."""
    return name.startswith(("R", "Q"))


# --- bot.conversations.receive ------------------------------------------------------------------------------------------


def receive(world: World, name: str, guards: Guards) -> World:
    """Store one text; a stop is in force in the same commit (I2)."""
    if not guards.inbound_is_new(world, name):
        return world
    stop = is_stop(name)
    text = Text(name, repeated=stop and world.suppressed)
    return world._replace(
        texts=(*world.texts, text),
        suppressed=world.suppressed or stop,
        said_stop=world.said_stop or stop or model_stop(name),
    )


# --- bot.conversations.turn, journal ------------------------------------------------------------------------------------


def unread(world: World) -> tuple[int, ...]:
    """What reading.read_waiting reads: texts that no turn has taken."""
    return tuple(n for n, text in enumerate(world.texts) if not text.turned)


def take_turn(world: World, known: tuple[int, ...], guards: Guards) -> World:
    """Everything that was read goes through the engine, in order. `known`: what had been read before the lock."""
    speaking = False
    plain: list[int] = []
    for n in unread(world):
        if not is_stop(world.texts[n].name):
            plain.append(n)
        elif n not in known:
            speaking = True
        else:
            world = _silence(_turned(world, [n]), guards, confirm=not world.texts[n].repeated)
    if plain:
        whole = [n for n in known if not is_stop(world.texts[n].name)]
        if plain == whole or (len(plain) == 1 and plain[0] in whole):
            world = _said(_turned(world, plain), [world.texts[n].name for n in plain], guards)
        else:
            speaking = True
    world = _hear_signals(world, speaking, guards)
    if world.timer and world.holder == "bot" and world.flow_lives and not speaking:
        world = _write(world._replace(timer=False), "flow", "reminder")
        world = world._replace(flow_last=len(world.rows) - 1)
    return world


def _turned(world: World, numbers: list[int]) -> World:
    return world._replace(
        texts=tuple(
            text._replace(turned=True) if n in numbers else text for n, text in enumerate(world.texts)
        )
    )


def _said(world: World, names: list[str], guards: Guards) -> World:
    if any(model_stop(name) for name in names):
        first = not world.suppressed
        beside = guards.hears_beside() and any(asks(name) for name in names)
        return _silence(world._replace(suppressed=True), guards, confirm=first, beside=beside)
    if world.holder != "bot":
        return world._replace(held=world.held | set(names))
    by_flow = world.floor and world.flow_lives
    last = world.flow_last if by_flow else world.desk_last
    answers = tuple(names)
    if last >= 0 and guards.may_be_undone(world.rows[last]):
        answers = world.rows[last].answers + answers
        world = change_row(world, last, status="superseded")
    world = _write(world, "flow" if by_flow else "desk", "answer", answers)
    if by_flow:
        return world._replace(flow_last=len(world.rows) - 1, timer=False)
    return world._replace(desk_last=len(world.rows) - 1)


def _silence(world: World, guards: Guards, *, confirm: bool, beside: bool = False) -> World:
    """OptedOut for everybody: the flow ends, the front desk confirms. `beside`: a person has to see the rest."""
    world = _finish(world, guards)
    if beside:
        world = _hand_off(world)  # first, so that the confirmation carries the new fence
    if confirm:
        world = _write(world, "desk", "confirmation")
        world = world._replace(desk_last=len(world.rows) - 1)
    return world


def _finish(world: World, guards: Guards) -> World:
    if not world.flow_lives:
        return world
    for n, row in enumerate(world.rows):
        if row.of == "flow" and row.status == "ready" and guards.ends_with_its_passage(row):
            world = change_row(world, n, status="withheld")
    return world._replace(flow_lives=False, floor=False, timer=False)


def _hear_signals(world: World, speaking: bool, guards: Guards) -> World:
    kept: list[tuple[str, int]] = []
    for what, n in world.signals:
        match what:
            case "started":
                if world.flow_lives:
                    world = _write(world, "flow", "opener")
            case "withheld" | "outdated" if speaking:
                # the text that withheld it is being read: its turn is about to be undone
                kept.append((what, n))
            case "outdated" if _is_lost(world, world.rows[n], guards):
                world = _hand_off(_forget(world, n))
            case "withheld" | "outdated":  # its wait begins anew, and that is a turn that cannot be undone
                world = _forget(world, n)
            case "refused" | "refused for now" if world.rows[n].of == "flow" and not world.flow_lives:
                row = world.rows[n]  # its passage is over
                if row.kind == "answer" and world.holder == "bot" and guards.goes_to_people(world, row):
                    world = _hand_off(world)
            case "refused" | "refused for now" if world.rows[n].kind == "answer":
                world = _hand_off(_forget(world, n))
            case (
                "refused for now"
            ):  # nobody asked for it: it is tried again another day, and nothing here lasts so long
                world = _forget(world, n)
            case "refused" if world.rows[n].kind != "confirmation":
                world = _finish(world, guards)
            case "handed_back":
                world = world._replace(flow_last=-1, desk_last=-1, timer=False)
            case _:
                pass
    return world._replace(signals=tuple(kept))


def _forget(world: World, n: int) -> World:
    if world.flow_last == n:
        world = world._replace(flow_last=-1)
    if world.desk_last == n:
        world = world._replace(desk_last=-1)
    return world


def _is_lost(world: World, row: Row, guards: Guards) -> bool:
    """Outdated, and not answered together with what came after it."""
    return row.status == "withheld" and world.holder == "bot" and guards.goes_to_people(world, row)


def _hand_off(world: World) -> World:
    """What the bot cannot answer goes to people instead (I16); they see everything that was said."""
    world = world._replace(held=world.held | {text.name for text in world.texts})
    if world.holder == "bot":
        world = world._replace(holder="nobody", fence=world.fence + 1)
    return world


def _write(world: World, of: str, kind: str, answers: tuple[str, ...] = ()) -> World:
    row = Row(world.turns + 1, of, kind, answers, world.fence, len(world.texts), takeovers=world.takeovers)
    return world._replace(rows=(*world.rows, row), turns=world.turns + 1)


# --- bot.conversations.holders ------------------------------------------------------------------------------------------


def take_over(world: World) -> World:
    """A member of staff speaks from now on, and sees what was said."""
    return world._replace(
        holder="staff",
        fence=world.fence + 1,
        takeovers=world.takeovers + 1,
        held=world.held | {text.name for text in world.texts},
    )


def hand_back(world: World) -> World:
    """The bot speaks again; HandedBack waits for its turn."""
    return world._replace(holder="bot", fence=world.fence + 1, signals=(*world.signals, ("handed_back", -1)))


# --- bot.sending.dispatch, results, status ------------------------------------------------------------------------------


def due(world: World) -> tuple[int, ...]:
    """What send_due's look finds."""
    return tuple(n for n, row in enumerate(world.rows) if row.status == "ready" and not row.put_off)


def claim(world: World, n: int, guards: Guards) -> tuple[World, bool]:
    """Under the lock: still wanted, allowed? Then it is claimed, and the second value is True."""
    row = world.rows[n]
    if not guards.still_ready(row) or row.put_off:
        return world, False
    if not guards.fence_is_equal(world, row):
        world = change_row(world, n, status="withheld")
        return world._replace(signals=(*world.signals, ("withheld", n))), False
    if not guards.is_fresh(world, row):
        world = change_row(world, n, status="withheld")
        return world._replace(signals=(*world.signals, ("outdated", n))), False
    match guards.gate(world, row):
        case "deny" | "deny for now" as answer:
            world = change_row(world, n, status="denied")
            told = "refused" if answer == "deny" else "refused for now"
            return world._replace(signals=(*world.signals, (told, n))), False
        case "defer":
            return change_row(world, n, put_off=True), False
        case _:
            takes_floor = row.of == "flow" and world.flow_lives
            return change_row(world, n, status="claimed")._replace(floor=world.floor or takes_floor), True


def call(world: World, n: int, outcome: str) -> World:
    """The provider: sent, timeout (accepted, and the answer lost) or later (certainly not accepted)."""
    row = world.rows[n]
    return change_row(
        world,
        n,
        handed=row.handed + 1,
        accepted=row.accepted + (outcome != "later"),
        definite_no=outcome == "later",
    )


def record(world: World, n: int, outcome: str, guards: Guards) -> World:
    """Write down what came of the call."""
    row = world.rows[n]
    if not guards.still_claimed(row):
        return change_row(world, n, status="sent") if (row.status, outcome) == ("unknown", "sent") else world
    match outcome:
        case "sent":
            return change_row(world, n, status="sent")
        case "later":
            return change_row(world, n, status="ready")
        case _:
            return change_row(world, n, status="sent" if row.provider_knows else "unknown")


def expire_leases(world: World, guards: Guards) -> World:
    """The lease sweep. Whether the worker is dead or only slow, it cannot know."""
    for n, row in enumerate(world.rows):
        if row.status == "claimed":
            world = change_row(world, n, status=guards.after_the_lease(row))
    return world


def report(world: World) -> World:
    """Status reports for whatever was accepted: an unknown text is settled by our id in its report."""
    for n, row in enumerate(world.rows):
        if row.accepted and not row.provider_knows:
            status = "sent" if row.status == "unknown" else row.status
            world = change_row(world, n, provider_knows=True, status=status)
    return world


def change_row(world: World, n: int, **values: object) -> World:
    """The world with these columns of one row written."""
    rows = list(world.rows)
    rows[n] = rows[n]._replace(**values)  # type: ignore[arg-type]
    return world._replace(rows=tuple(rows))
