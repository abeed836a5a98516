"""People who watch: how soon a hold is seen, how many frames a core writes, what a connection weighs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import msgspec

from bench.box import Hall
from bench.crowd import Seen
from bench.lines import Line, Table
from bench.pace import paced
from bench.play import Play, Settings, playing
from bench.stage import Crew, stage
from internal.cli.settings import PROJECT

__all__ = ["sockets"]

_EACH_SECOND = 200.0  # holds
_SEATS = 5_000  # of the hall: enough for a run on one showtime
_P99 = 150.0  # milliseconds from the hold's 201 to the frame, for all readers
_RATIO = 0.7  # of what `websockets` alone broadcasts
_FAN = 1_000  # readers of that comparison
_GROWTH = (100, 1_000, 2_000, 5_000)
_AFTER = 1.0  # seconds for the last frames to come


@dataclass(frozen=True)
class _Watched:
    """A run: milliseconds from the 201 to each receipt, what a connection weighs, and what went wrong."""

    times: list[float]
    kilobytes: float
    wrong: list[str]

    def percentile(self, of: int) -> float:
        return quantiles(self.times, n=100)[of - 1] if len(self.times) > 1 else 0.0


async def sockets(settings: Settings, say: Callable[[str], None]) -> Table:
    """2,000 readers of one showtime and of 200, 100 to 5,000 of one, and frames beside plain `websockets`."""
    fan = await _fans(settings, say)
    watched: dict[str, list[_Watched]] = {}
    async with stage() as place, playing(place, settings, say) as play:
        hall = await _hall(play)
        for _ in range(settings.rounds):
            for readers, showtimes in [(2_000, 200), *((readers, 1) for readers in _GROWTH)]:
                async with place.crew(1) as crew:
                    one = await _watch(play, crew, hall, readers, showtimes)
                name = f"{readers:,} readers of {'one showtime' if showtimes == 1 else f'{showtimes} showtimes'}"
                watched.setdefault(name, []).append(one)
                say(
                    f"  {name}: p50 {one.percentile(50):.1f}, p99 {one.percentile(99):.1f} ms over {len(one.times):,} "
                    f"receipts, {one.kilobytes:.1f} kB each{'; WRONG: ' if one.wrong else ''}{'; '.join(one.wrong)}"
                )
    lines = [line for name, runs in watched.items() for line in _lines(name, runs)]
    return Table(
        "People who watch: from a hold's 201 to the frame, at 200 holds a second", "plain `websockets`", [*lines, *fan]
    )


async def _hall(play: Play) -> Hall:
    async with play.stage.crew(1):
        return await play.box.hall(_SEATS)


async def _watch(play: Play, crew: Crew, hall: Hall, readers: int, showtimes: int) -> _Watched:
    await play.warm(crew, hall, few=2)
    watched = await play.box.showtimes(hall, showtimes)
    folder = play.stage.folder
    listed, out = folder / "watched", folder / "seen"
    await asyncio.to_thread(listed.write_text, "\n".join(watched))
    (before,) = crew.resident()
    async with _crowd(crew.url, readers, listed, out) as end:
        (after,) = crew.resident()
        seconds = play.settings.seconds
        held = await paced(crew.url, watched, hall.seats, play.tokens, _EACH_SECOND, seconds)
        await asyncio.sleep(_AFTER)
        await end()
    lost, seen = msgspec.msgpack.decode(await asyncio.to_thread(out.read_bytes), type=tuple[int, list[Seen]])
    return _judged(
        held, seen, lost, readers // showtimes, int(_EACH_SECOND * seconds), (after - before) / readers / 1e3
    )


def _judged(
    held: Mapping[str, float], seen: Sequence[Seen], lost: int, each: int, asked: int, kilobytes: float
) -> _Watched:
    """Every seat that was held is to have come to every reader of its showtime."""
    times: list[float] = []
    receipts = dict.fromkeys(held, 0)
    for frame in seen:
        for seat in frame.seats:
            if (at := held.get(seat)) is not None:
                receipts[seat] += len(frame.times)
                times += [max(0.0, moment - at) * 1e3 for moment in frame.times]
    wrong = [f"{lost} connections were lost"] if lost else []
    if len(held) < asked:
        wrong.append(f"{asked - len(held)} of {asked} holds were not made")
    if missed := [seat for seat, count in receipts.items() if count < each]:
        wrong.append(f"{len(missed)} of {len(held)} holds were not seen by every reader")
    return _Watched(times, kilobytes, wrong)


@asynccontextmanager
async def _crowd(url: str, readers: int, listed: Path, out: Path) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """The readers, all of them there; call what is given to have them write down what they saw."""
    async with _started("bench.crowd", url, str(readers), str(listed), str(out)) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        stdin = process.stdin
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError("the readers did not all get a picture")

        async def end() -> None:
            stdin.write(b"\n")
            await stdin.drain()
            await process.wait()

        yield end


async def _fans(settings: Settings, say: Callable[[str], None]) -> list[Line]:
    """Ours and the library's own, one after the other, each round."""
    rates: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(settings.rounds):
        for kind, found in rates.items():
            found.append(await _fan(kind, settings.seconds))
        say(f"  frames a second and core: ours {rates['ours'][-1]:,.0f}, plain {rates['plain'][-1]:,.0f}")
    ratio = median(ours / plain for ours, plain in zip(rates["ours"], rates["plain"], strict=True))
    ours = Line(
        name=f"frames to {_FAN:,} readers, in a second of a core",
        figure=f"{median(rates['ours']):,.0f}",
        ratio=ratio,
    )
    return [
        ours.aimed(f"{_RATIO} of plain websockets", reached=ratio >= _RATIO),
        Line(name="the same by `websockets.broadcast`", figure=f"{median(rates['plain']):,.0f}"),
    ]


async def _fan(kind: str, seconds: float) -> float:
    async with _started("bench.fan", kind, str(_FAN), str(seconds)) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(await process.stdout.readline())}"
        with TemporaryDirectory(prefix="aisle-bench-") as folder:
            listed, out = Path(folder) / "watched", Path(folder) / "seen"
            await asyncio.to_thread(listed.write_text, "showtime_" + "0" * 32)
            async with _crowd(url, _FAN, listed, out):
                told = json.loads(await process.stdout.readline())
    return float(told["frames"] / told["cpu"])


@asynccontextmanager
async def _started(module: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _lines(name: str, runs: Sequence[_Watched]) -> list[Line]:
    p50, p99 = (median(run.percentile(of) for run in runs) for of in (50, 99))
    told = Line(
        name=name,
        figure=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        notes=(f"{median(run.kilobytes for run in runs):.1f} kB of the worker for each connection",),
    ).checked([fault for run in runs for fault in run.wrong])
    return [told.aimed(f"p99 under {_P99:.0f} ms", reached=p99 < _P99) if "2,000" in name else told]
