"""How a run hears what other processes tell it, and what of that it does at once."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from wideseek_cli.agents.world import World
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.state import RunState
from wideseek_cli.core.steering import TO_LEAD, Orders, read_orders
from wideseek_cli.pipeline.steered import not_found
from wideseek_cli.record.inbox import STOP, Inbox

GRACE = 120.0  # seconds for the table when the user wants no more searches: nobody is in a hurry
LISTEN = 0.2  # seconds between two looks whether the inbox has grown; one `stat` each


class Steered(Protocol):
    """What obeys orders on its way."""

    @property
    def droppable(self) -> set[str]:
        """Rows and columns that a table has had."""

    def steer(self, orders: Sequence[Orders]) -> None: ...


class Listening:
    """One run's ear. `now` gives its state; `interrupt` ends it."""

    def __init__(
        self, world: World, quest: Steered, now: Callable[[], RunState], interrupt: Callable[[], None]
    ) -> None:
        self._world, self._quest, self._now, self._interrupt = world, quest, now, interrupt
        self._unmet: list[Orders] = []  # may name rows that no table had yet
        self._obey_again(now())

    async def listen(self, inbox: Inbox | None) -> None:
        """Take what arrives, each message once, also over a resume."""
        known = {steered.id for steered in self._now().steered}
        while inbox is not None:
            for letter in inbox.take():
                if letter.kind == STOP:
                    self._interrupt()
                elif letter.id not in known:
                    known.add(letter.id)
                    self.steer(letter.text, letter.id)
            await asyncio.sleep(LISTEN)

    def steer(self, text: str, id: str = "") -> None:
        """The lead hears it with its next tool result; what code can obey of it, it obeys now."""
        steered = ev.Steered(id or secrets.token_hex(8), text, read_orders(text))
        stage = self._now().stage
        self._world.emit(steered)
        self._unmet.append(steered.orders)
        if stage is not None and stage.checked:  # no rows are to come
            self._say_unmet()
        self._quest.steer([steered.orders])
        self._obey(steered)

    def _obey(self, steered: ev.Steered) -> None:
        self._world.told.append(TO_LEAD + steered.text)
        for kind, most in (("searches", steered.orders.max_searches), ("pages", steered.orders.max_pages)):
            if most:
                self._world.budget.limit(kind, most)
        if steered.orders.stop:
            self._world.budget.close()  # for code too, which else looks up what agents left open
            self._world.ender.ask(Cause.STEERED, GRACE)

    def _obey_again(self, known: RunState) -> None:
        """After a resume: orders that the lead has heard stand in its conversation, others it hears yet."""
        heard = "".join(turn.tool_result or "" for a in known.agents.values() for turn in a.turns)
        for steered in known.steered:
            self._obey(steered)
            if TO_LEAD + steered.text in heard:
                self._world.told.pop()

    def close(self) -> None:
        """Say what came too late for the lead, and what was not there to be dropped."""
        self._say_unmet()
        for text in self._world.heard():
            said = text.removeprefix(TO_LEAD)
            self._world.emit(ev.Noticed(f"too late for the lead, which was writing its answer: {said}"))

    def _say_unmet(self) -> None:
        unmet = [name for orders in self._unmet for name in not_found(self._quest.droppable, orders)]
        self._unmet.clear()
        if unmet:
            self._world.emit(ev.Noticed(f"nothing was left out under this name: {', '.join(unmet)}"))
