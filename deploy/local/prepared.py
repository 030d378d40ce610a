"""What was done to a part's data need not be done again while the code that did it is the same.

A record lies inside the data it is about, so it goes when the data goes.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from deploy.local.layout import ROOT

CODE = ("chassis", "services", "protos", "requirements")


@dataclass(frozen=True)
class Record:
    """That a step was taken on the data in `folder`; `also` names what else it depends on."""

    folder: Path
    step: str
    also: str = ""

    def holds(self) -> bool:
        """Whether the step was taken by this very code."""
        return self._path.exists() and self._path.read_text() == self._content()

    def write(self) -> None:
        self._path.write_text(self._content())

    @property
    def _path(self) -> Path:
        return self.folder / f"prm-{self.step}.sha256"

    def _content(self) -> str:
        return hashlib.sha256(f"{_code()} {self.also}".encode()).hexdigest()


@functools.cache
def _code() -> str:
    """A digest of all code that could touch data; any change counts, as a miss costs seconds and a wrong skip much more."""
    digest = hashlib.sha256()
    for path in sorted(path for part in CODE for path in (ROOT / part).rglob("*") if path.is_file() and path.suffix != ".pyc"):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
