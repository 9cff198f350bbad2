"""One round of old strategies: by their methods or by their own loops, sync and async."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from argosy.errors import ConfigError
from argosy.legacy.calls import Calls
from argosy.legacy.polling import Looked, is_async, poll


class Bot:
    """Counts what it does. `offers` is what it finds, round after round."""

    def __init__(self, *offers: Any, accept: bool = True) -> None:
        self.offers = list(offers)
        self.accept = accept
        self.running = False
        self.poll_interval = 3600.0
        self.done: list[Any] = []

    def find_opportunity(self) -> Any:
        return self.offers.pop(0)

    def should_execute(self, opportunity: Any) -> bool:
        return self.accept

    def execute(self, opportunity: Any) -> str:
        self.done.append(opportunity)
        return f"did {opportunity}"

    def run(self) -> None:
        self.running = True
        while self.running:
            opportunity = self.find_opportunity()
            if opportunity and self.should_execute(opportunity):
                self.execute(opportunity)
            asyncio.run(asyncio.wait_for(asyncio.sleep(self.poll_interval), 5))
        self.done.append("ended")


class Endless(Bot):
    """Its loop asks nobody whether to go on, and swallows what it can."""

    def run(self) -> None:
        while True:
            try:
                opportunity = self.find_opportunity()
                if opportunity and self.should_execute(opportunity):
                    self.execute(opportunity)
            except Exception:
                continue


class AsyncBot(Bot):
    async def find_opportunity(self) -> Any:
        return self.offers.pop(0)

    async def execute(self, opportunity: Any) -> str:
        self.done.append(opportunity)
        return f"did {opportunity}"

    async def run(self) -> None:  # type: ignore[override]
        self.running = True
        while self.running:
            opportunity = await self.find_opportunity()
            if opportunity and self.should_execute(opportunity):
                await self.execute(opportunity)
            await asyncio.sleep(self.poll_interval)


def polled(bot: Any, drive: Any = "poll") -> list[Looked]:
    calls = Calls(bot, timeout_s=5)
    try:
        return poll(bot, calls, drive=drive).looked
    finally:
        calls.close()


@pytest.mark.parametrize("kind", [Bot, AsyncBot])
@pytest.mark.parametrize("drive", ["poll", "loop"])
def test_a_round(kind: type[Bot], drive: str) -> None:
    bot = kind("first", "second")
    assert polled(bot, drive) == [Looked("first", True, "did first")]
    assert bot.done[0] == "first"
    assert bot.offers == ["second"]
    assert (bot.running, bot.poll_interval) == (False, 3600.0)
    assert not vars(bot).keys() & {"find_opportunity", "execute"}
    assert polled(bot, drive) == [Looked("second", True, "did second")]


@pytest.mark.parametrize("drive", ["poll", "loop"])
def test_what_it_declines_and_what_it_does_not_find(drive: str) -> None:
    assert polled(Bot("dear", accept=False), drive) == [Looked("dear", False)]
    nothing = Bot(None, "next")
    assert polled(nothing, drive) == []
    assert nothing.offers == ["next"]


@pytest.mark.parametrize("offers", [("first", "second"), (None, "second")])
def test_an_endless_loop_is_ended(offers: tuple[Any, ...]) -> None:
    bot = Endless(*offers)
    found = polled(bot, "loop")
    assert [each.opportunity for each in found] == [o for o in offers[:1] if o]
    assert bot.offers == ["second"]


def test_several_at_once() -> None:
    bot = Bot(["a", None, "b"])
    assert [each.answer for each in polled(bot)] == ["did a", "did b"]


def test_without_a_choice_of_its_own() -> None:
    class Simple:
        def find_opportunity(self) -> str:
            return "x"

        def execute(self, opportunity: str) -> str:
            return opportunity * 2

    assert polled(Simple()) == [Looked("x", True, "xx")]
    with pytest.raises(ConfigError, match="no loop"):
        polled(Simple(), "loop")


def test_what_is_no_strategy() -> None:
    with pytest.raises(ConfigError, match="no find_opportunity, execute"):
        polled(object())


def test_who_is_async() -> None:
    assert is_async(AsyncBot) and is_async(AsyncBot())
    assert not is_async(Bot) and not is_async(Bot())


def test_an_error_in_a_loop_comes_out_and_leaves_the_bot_as_it_was() -> None:
    bot = Bot()
    with pytest.raises(IndexError):
        polled(bot, "loop")
    assert bot.poll_interval == 3600.0
    assert "find_opportunity" not in vars(bot)
