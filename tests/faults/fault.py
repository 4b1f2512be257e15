"""One row of the table: how a fault is made, and what must come of it."""

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scene import HERE, Ending, Scene

from benchcore.errors import UsageError
from benchcore.result import decode, read

ORDER_LIMIT_S = 30.0
HANG_LIMIT_S = 3.0


class UnavailableError(Exception):
    """The fault can't be made here, for the reason that it says."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The run is `benchcore --headless` with two fake contenders at 33 x 33 pixels."""

    name: str
    contenders: str = "slower,steady"
    batches: str = "1"
    options: tuple[str, ...] = ("--json",)
    output: bool = True
    """Whether `--output` names a file."""
    order_limit_s: float = ORDER_LIMIT_S
    command: tuple[str, ...] | None = None
    """What Python is given in place of the driver and its words."""
    prefix: str = ""
    redirect: str = ""
    path: str | None = None
    """A folder here that comes first in PYTHONPATH."""
    before_exec: Callable[[], None] | None = None
    on_terminal: bool = False
    stage: Callable[[Scene], None] = lambda scene: None
    """What is done before the run."""
    disturb: Callable[[Scene], None] = lambda scene: None
    """What is done while it runs."""

    status: int
    """The exit status; negative for the signal that ended it."""
    document: str | None = "complete"
    """The status that the document on disk has; None if there must be none."""
    cells: int = 1
    """At least so many are in it, each with a measured contender unless `nothing_measured`."""
    nothing_measured: bool = False
    reason: str | None = None
    """What the first contender's reason says, as a pattern; its last cell's."""
    says: str | None = None
    """What standard error says, as a pattern."""
    prints: str | None = None
    """What standard output begins with, as a pattern; `document` for a whole one."""
    rescued: bool = False
    """Whether the document is kept in the folder of last resort."""
    leaves_files: bool = False
    """A killed process can't remove its own."""
    quick: bool = False
    """Whether it is made in CI too."""

    def words(self, scene):
        if self.command is not None:
            return list(self.command)
        words = [
            *(str(HERE / "driver.py"), str(self.order_limit_s)),
            *("--headless", "--device", "cpu", "--profile", "quick", "--networks", "resnet50"),
            *("--modes", "infer", "--image-size", "33", "--batch-sizes", self.batches),
            *("--contenders", self.contenders, *self.options),
        ]
        return [*words, "--output", str(scene.document)] if self.output else words

    def make(self, folder: Path):
        """What came of it in a few words, and what is not as documented, in as many as it takes.

        Raises UnavailableError.
        """
        scene = Scene(folder, [] if self.path is None else [HERE / self.path])
        try:
            try:
                self.stage(scene)
            except PermissionError as error:
                raise UnavailableError(str(error)) from None
            self._start(scene)
            wrong = []
            try:
                self.disturb(scene)
            except AssertionError as error:
                wrong.append(str(error))
            ending = scene.end()
            wrong += self.differences(scene, ending)
            return f"exit {ending.status}, {self._kept(scene)}, {ending.seconds:.1f} s", wrong
        finally:
            scene.close()

    def _start(self, scene):
        if self.on_terminal:
            scene.start_on_terminal(self.words(scene))
            return
        scene.start(
            self.words(scene),
            redirect=self.redirect,
            prefix=self.prefix,
            before_exec=self.before_exec,
        )

    def _kept(self, scene):
        for path in (scene.document, *scene.rescued):
            try:
                document = read(path)
            except UsageError:
                continue
            count = len(document.cells)
            return f"{document.status} with {count} cell{'' if count == 1 else 's'} kept"
        return "no document"

    def differences(self, scene: Scene, ending: Ending):
        """What is not as documented, in words."""
        if ending.status != self.status:
            yield f"exit status {ending.status}, not {self.status}: {ending.stderr[-500:]}"
        for command in ending.orphans:
            yield f"a process was left: {command}"
        if "Traceback" in ending.stderr or "\x1b" in ending.stderr:
            yield f"a traceback or a control character: {ending.stderr[-1500:]}"
        if self.says is not None and not re.search(self.says, ending.stderr):
            yield f"standard error has not {self.says!r}: {ending.stderr[-500:]}"
        yield from self._wrong_in_document(scene)
        yield from self._wrong_in_output(ending)
        if bool(scene.rescued) != self.rescued:
            yield f"documents of last resort: {scene.rescued}"
        for path in scene.rescued:
            yield from self._wrong_in(read(path))
        left = [*(scene.folder / "tmp").iterdir(), *(scene.folder / "out").glob(".*")]
        if left and not self.leaves_files:
            yield f"files were left: {left}"

    def _wrong_in_document(self, scene):
        if not scene.document.exists():
            if self.document is not None and self.output:
                yield "there is no document"
            return
        if self.document is None:
            yield "there is a document"
            return
        try:
            document = read(scene.document)
        except UsageError as error:
            yield f"the document is damaged: {error}"
            return
        if document.status != self.document:
            yield f"the document is {document.status}, not {self.document}"
        yield from self._wrong_in(document)

    def _wrong_in(self, document):
        if len(document.cells) < self.cells:
            yield f"{len(document.cells)} cells are kept, not {self.cells}"
        for cell in document.cells:
            measured = [one for one in cell.contenders.values() if one.wall is not None]
            if not measured and not self.nothing_measured:
                yield f"nothing of batch {cell.batch} is kept"
        if self.reason is not None and document.cells:
            reason = document.cells[-1].contenders[self.contenders.split(",")[0]].reason or ""
            if not re.search(self.reason, reason) or not reason.isprintable():
                yield f"the reason is {reason!r}, not {self.reason!r}"

    def _wrong_in_output(self, ending):
        if self.prints == "document":
            try:
                yield from self._wrong_in(decode(ending.stdout, "standard output"))
            except UsageError as error:
                yield str(error)
        elif self.prints is not None and not re.match(self.prints.encode(), ending.stdout):
            yield f"standard output is {ending.stdout[:200]!r}"


def made(fault):
    """`Fault.make` in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fault-"))
    try:
        return fault.make(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
