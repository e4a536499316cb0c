"""`starwatch demo`: everything at once, on this machine, stopped at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import Config

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from pipeline.config import Config as Settings
    from schemas.alerts import Alert

INTERRUPTED = 130
PARTITIONS = 4
WAIT_S = 120
WORKER_STOP_S = 20


def demo(
    partitions: Annotated[
        int, typer.Option(min=1, help="Partitions of each topic in the demo's Kafka.")
    ] = PARTITIONS,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave Kafka and the worker running until Ctrl-C.")
    ] = False,
    config: Config = None,
) -> None:
    """Watch it work: a real Kafka, a worker, a sample marketplace, explained cases.

    Starts Apache Kafka on a free port of this machine with its data in a temporary folder, a
    worker, and feeds it four months of a small simulated marketplace: reviews, votes, seller
    messages and their context, with violations and with innocent lookalikes. Cases are shown as
    they appear. Everything that was started is stopped at the end, also on Ctrl-C.

    \b
    starwatch demo
    starwatch demo --keep        # then, in another terminal, starwatch alerts tail ...
    """
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    try:
        _demo(console, partitions, keep, config)
    except KeyboardInterrupt:
        console.print("\nStopped; everything that the demo started has gone.")
        raise typer.Exit(INTERRUPTED) from None


def sample() -> Path:
    """The folder of the sample world."""
    return Path(str(resources.files("pipeline") / "sample"))


def _demo(console: Console, partitions: int, keep: bool, config: Path | None) -> None:
    from pipeline import broker
    from pipeline.config import read

    settings = read(config)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="starwatch-demo-") as folder:
        with console.status(
            "Starting Apache Kafka (the first time its jars are fetched, half a minute)…"
        ):
            kafka = broker.start(port=0, ephemeral=True)
        with kafka:
            address = kafka.bootstrap_servers
            _done(console, begun, f"Apache Kafka answers at {address}")
            with console.status("Creating topics…"):
                count = _create_topics(address, settings, partitions)
            _done(console, begun, f"{count} topics with {partitions} partitions each")
            log = Path(folder) / "worker.log"
            with _worker(address, config, log) as worker:
                _done(console, begun, f"A Faust worker has started (process {worker.pid})")
                lines = _produce(address, settings)
                _done(console, begun, f"{lines:,} events of the sample marketplace are in Kafka")
                _watch(console, address, settings, worker, log, lines)
                _done(console, begun, "The worker has caught up: every consequence is published")
                alerts = _latest(address, settings)
                _table(console, alerts)
                _compare(console, begun, alerts, settings)
                if keep:
                    _keep(console, address)
    _where_next(console)


def _done(console: Console, begun: float, what: str) -> None:
    console.print(f"[green]✓[/] {what} [dim]({time.monotonic() - begun:.0f} s)[/]")


def _create_topics(address: str, settings: Settings, partitions: int) -> int:
    from pipeline.kafka import topics
    from pipeline.kafka.layout import layout
    from pipeline.live.topics import internal_topics

    internal = internal_topics(settings.live.group)
    outcomes = topics.create(address, layout(settings.topics, internal, partitions=partitions))
    return len(outcomes)


@contextmanager
def _worker(address: str, config: Path | None, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as a process of its own; asked to stop at the end, and made to if it does not."""
    command = [sys.executable, "-m", "pipeline.cli", "worker", "--bootstrap-servers", address]
    if config is not None:
        command += ["--config", str(config)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to pass on
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(WORKER_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _produce(address: str, settings: Settings) -> int:
    """Put the sample world into Kafka behind a progress bar; how many lines it has."""
    from detectors.api import HOUR
    from pipeline import files
    from pipeline.cli.produce import progress_bar
    from pipeline.kafka import produce as producing

    merge = files.Merge(files.find([sample()]))
    report = producing.Report()
    with progress_bar(merge, report) as (move, say):
        producing.produce(
            address,
            merge,
            settings.topics,
            future=round(settings.intake.future_hours * HOUR),
            report=report,
            too_long=lambda line: say(f"line {line.number} is too long"),
            progress=move,
        )
    return report.sent


def _watch(
    console: Console,
    address: str,
    settings: Settings,
    worker: subprocess.Popen[bytes],
    log: Path,
    lines: int,
) -> None:
    """Show cases as they are published until the worker has caught up."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    stop = threading.Event()
    with Progress(
        SpinnerColumn(),
        TextColumn("The worker reads, judges and publishes"),
        BarColumn(),
        TextColumn("{task.fields[behind]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:
        task = progress.add_task("", total=lines, behind="")
        shown = threading.Thread(
            target=_show_cases, args=(progress, address, settings, stop), daemon=True
        )
        shown.start()
        try:
            _catch_up(progress, task, address, settings, worker, log, lines)
        finally:
            stop.set()
            shown.join(5)


def _catch_up(
    progress: Progress,
    task: TaskID,
    address: str,
    settings: Settings,
    worker: subprocess.Popen[bytes],
    log: Path,
    lines: int,
) -> None:
    from pipeline.errors import StarwatchError
    from pipeline.kafka.clients import ClusterError
    from pipeline.live import status

    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if worker.poll() is not None:
            raise StarwatchError(f"the worker ended by itself. Its last words:\n{_tail(log)}")
        try:
            lag = status.status(address, settings.topics, settings.live).lag
        except ClusterError:
            lag = lines  # a Kafka this young may still be choosing who coordinates the group
        progress.update(task, completed=max(0, lines - lag), behind=f"{lag:,} records behind")
        if lag == 0:
            return
        time.sleep(0.5)
    raise StarwatchError(
        f"the worker has not caught up in {WAIT_S} s. Its last words:\n{_tail(log)}"
    )


def _show_cases(
    progress: Progress, address: str, settings: Settings, stop: threading.Event
) -> None:
    """A line for each case that opens, while the bar moves below."""
    from pipeline.cli.alert_view import headline
    from pipeline.kafka.alerts import follow

    seen: set[str] = set()
    for found in follow(
        address, settings.topics.alerts, lambda _: None, from_beginning=True, until=stop.is_set
    ):
        alert, _ = found
        if alert.status == "open" and alert.case_id not in seen:
            seen.add(alert.case_id)
            progress.console.print(headline(alert))


def _latest(address: str, settings: Settings) -> list[Alert]:
    import msgspec

    from pipeline.kafka.alerts import latest
    from schemas.alerts import Alert

    texts = latest(address, settings.topics.alerts, lambda _: None)
    alerts = [msgspec.json.decode(text, type=Alert) for text in texts]
    return [a for a in alerts if a.status == "open"]


def _table(console: Console, alerts: list[Alert]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from pipeline.cli.alert_view import STYLES, visible

    table = Table(
        title=f"{len(alerts)} open cases",
        title_justify="left",
        box=box.HORIZONTALS,
        show_lines=True,
    )
    table.add_column("case", no_wrap=True)
    table.add_column("what was found", ratio=1)
    for a in sorted(alerts, key=lambda a: (-a.score, a.clause, a.case_id)):
        case = Text.assemble(
            (f" {a.severity} {a.score:.2f} ", STYLES[a.severity]),
            (f"\n{a.clause}\n", "bold"),
            visible(f"{a.subject.type} {a.subject.id}"),
        )
        table.add_row(case, Text(visible(a.explanation)))
    console.print(table)


def _compare(console: Console, begun: float, alerts: list[Alert], settings: Settings) -> None:
    """The guarantee on the screen: a replay of the same files gives the same cases."""
    import msgspec

    from pipeline import files
    from pipeline import replay as replaying
    from schemas.events import micros

    with console.status("Replaying the same events from files, in this process…"):
        report = replaying.Report()
        replayed = {
            a.case_id: msgspec.structs.replace(a, revision=0)
            for a in replaying.replay(
                files.Merge(files.find([sample()])),
                settings,
                present=micros(datetime.now(UTC)),
                report=report,
                refused=lambda _: None,
                progress=lambda: None,
            )
            if a.status == "open"
        }
    live = {a.case_id: msgspec.structs.replace(a, revision=0) for a in alerts}
    same = sum(live.get(k) == a for k, a in replayed.items())
    if live == replayed:
        _done(console, begun, f"A replay of the same events gives the same {same} cases")
    else:
        console.print(f"[red]✗[/] A replay gives {len(replayed)} cases, {same} of them the same.")


def _keep(console: Console, address: str) -> None:
    console.print(
        f"\nStill running. In another terminal:\n"
        f"  export STARWATCH_BOOTSTRAP_SERVERS={address}\n"
        "  starwatch alerts tail --from-beginning\n"
        "  starwatch status\n"
        "Ctrl-C here stops everything."
    )
    signal.pause()


def _where_next(console: Console) -> None:
    console.print(
        "\nEverything that the demo started has been stopped. Where to go next:\n"
        "  starwatch replay DIR --alerts cases.jsonl   your own events, from files\n"
        "  starwatch kafka start                       a local Kafka that stays\n"
        "  starwatch simulate --out world              a larger marketplace whose truth is known\n"
        "  docs/configuration.md                       every threshold"
    )


def _tail(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
