"""What runs are looked for, as a person writes it on the command line, in the window or in a program."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf, isclose
from typing import Final, NamedTuple, Protocol

from benchwright.bench.history import query_dates
from benchwright.core.errors import ErrorInfo, QueryError, did_you_mean, listed
from benchwright.core.run_states import RunState
from benchwright.core.values import Value

_PART: Final = re.compile(r'([A-Za-z]+):("[^"]*"?|\S*)|([^\s"=]+)=("[^"]*"?|\S*)|"([^"]*)"?|(\S+)')


class KnownRun(Protocol):
    """What is known of a run without opening its data; `RunSummary` has it, and so has a run that goes on."""

    @property
    def run_id(self) -> str: ...
    @property
    def script(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def state(self) -> RunState: ...
    @property
    def reason(self) -> str: ...
    @property
    def created(self) -> datetime: ...
    @property
    def parameters(self) -> Mapping[str, Value]: ...
    @property
    def schedule(self) -> str: ...
    @property
    def error(self) -> ErrorInfo | None: ...


class WantedParameter(NamedTuple):
    """A parameter and the value that it has to have, or from where to where: ``500..600``, ``500..``."""

    name: str
    value: str

    def fits(self, parameters: Mapping[str, Value]) -> bool:
        """Tell whether a run was given that value."""
        if self.name not in parameters:
            return False
        given = parameters[self.name]
        wanted = self.value.strip().lower()
        if isinstance(given, bool):
            return wanted == str(given).lower()
        if isinstance(given, (int, float)):
            return self._fits_number(given, wanted)
        return wanted in map(str.lower, _texts(given))

    @staticmethod
    def _fits_number(given: float, wanted: str) -> bool:
        low, dots, high = wanted.partition("..")
        try:
            if dots:
                return float(low or -inf) <= given <= float(high or inf)
            return isclose(given, float(wanted), rel_tol=1e-9)
        except ValueError:
            return False


@dataclass(frozen=True, kw_only=True)
class RunQuery:
    """The runs that fit every part that is given; without any, all.

    Attributes:
        texts: each has to be found, in whatever letters, in what is known of the run, in its script's text
            or in what it printed and logged.
        scripts: one of them: a script's whole name with its suffix, a part of it without, or, with a
            slash, a part of its path.
        outcomes: one of them.
        parameters: all of them.
        since: the run was made then or later.
        until: the run was made before.
    """

    texts: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    outcomes: frozenset[RunState] = frozenset()
    parameters: tuple[WantedParameter, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def parse(cls, text: str, now: datetime | None = None) -> "RunQuery":
        """Read a line such as ``script:scan outcome:failed wavelength=532 since:2026-11-01 lost link``.

        Fields are ``script``, ``outcome``, ``since``, ``until``; NAME=VALUE is a parameter; quotes hold words
        together and make text of anything.

        Raises:
            QueryError: a date, an outcome or the name of a field is none.
        """
        query = cls()
        for field, value, name, wanted, quoted, word in _PART.findall(text):
            if field and _is_field(field):
                query = query.adding(field.lower(), [value.strip('"')], now)
            elif name:
                query = query.adding("parameter", [f"{name}={wanted.strip(chr(34))}"])
            elif found := quoted or word or f"{field}:{value}".strip(":"):
                query = query.adding("text", [found])
        return query

    def adding(self, field: str, values: Iterable[str], now: datetime | None = None) -> "RunQuery":
        """Return the query with more values of a field; empty ones say nothing.

        Raises:
            QueryError: a value makes no sense.
        """
        query = self
        for value in filter(None, (each.strip() for each in values)):
            query = _FIELDS[field](query, value, now or datetime.now(UTC))
        return query

    def fits(self, run: KnownRun) -> bool:
        """Tell whether a run fits, whatever its texts hold."""
        return (
            (not self.outcomes or run.state in self.outcomes)
            and (self.since is None or run.created >= self.since)
            and (self.until is None or run.created < self.until)
            and (not self.scripts or any(_is_script(each, run) for each in self.scripts))
            and all(each.fits(run.parameters) for each in self.parameters)
        )

    def unfound(self, run: KnownRun) -> list[str]:
        """Return the texts that what is known of a run does not hold, in small letters."""
        return self.unfound_in(known_text(run)) if self.texts else []

    def unfound_in(self, known: str) -> list[str]:
        """Return the texts that `known_text` does not hold, in small letters."""
        return [text for each in self.texts if (text := each.lower()) not in known]


# --- the fields -------------------------------------------------------------------------------------------


def _with_text(query: RunQuery, value: str, _: datetime) -> RunQuery:
    return replace(query, texts=(*query.texts, value))


def _with_script(query: RunQuery, value: str, _: datetime) -> RunQuery:
    return replace(query, scripts=(*query.scripts, value.lower()))


def _with_outcome(query: RunQuery, value: str, _: datetime) -> RunQuery:
    try:
        found = {RunState(name.strip().lower().replace("-", "_")) for name in value.split(",") if name}
    except ValueError:
        known = [str(each) for each in RunState]
        hint = did_you_mean(value.lower(), known)
        raise QueryError(f"no outcome {value!r}{hint} (there is: {listed(known)})") from None
    return replace(query, outcomes=query.outcomes | found)


def _with_parameter(query: RunQuery, value: str, _: datetime) -> RunQuery:
    name, equals, wanted = value.partition("=")
    if not equals or not name.strip():
        raise QueryError(f"a parameter is looked for as NAME=VALUE or NAME=FROM..TO, found {value!r}")
    return replace(query, parameters=(*query.parameters, WantedParameter(name.strip(), wanted)))


def _with_since(query: RunQuery, value: str, now: datetime) -> RunQuery:
    return replace(query, since=query_dates.since(value, now))


def _with_until(query: RunQuery, value: str, now: datetime) -> RunQuery:
    return replace(query, until=query_dates.until(value, now))


_FIELDS: Final = {
    "text": _with_text,
    "script": _with_script,
    "outcome": _with_outcome,
    "parameter": _with_parameter,
    "since": _with_since,
    "until": _with_until,
}
QUERY_FIELDS: Final = ("script", "outcome", "since", "until")  # those that are written with a colon


def _is_field(name: str) -> bool:
    """Whether what stands before a colon is a field; a text such as ``scan.lua:4`` or ``error:`` is none.

    Raises:
        QueryError: it is nearly one.
    """
    known = name.lower() in QUERY_FIELDS
    if not known and (hint := did_you_mean(name.lower(), QUERY_FIELDS)):
        raise QueryError(f'no field {name!r}{hint} (as text it stands in quotes: "{name}:")')
    return known


# --- one run ----------------------------------------------------------------------------------------------


def _is_script(wanted: str, run: KnownRun) -> bool:
    if "/" in wanted:
        return wanted in run.path.lower().replace("\\", "/")
    name = run.script.lower()
    return wanted == name if wanted.endswith(_SUFFIXES) else wanted in name


_SUFFIXES: Final = (".lua", ".py")


def known_text(run: KnownRun) -> str:
    """Return what there is to find without opening anything, in small letters."""
    parts = [run.run_id, run.script, run.path, run.reason, run.schedule]
    if run.error is not None:
        parts.append(run.error.message)
    for name, value in run.parameters.items():
        parts += (name, *_texts(value))
    return "\n".join(parts).lower()


def _texts(value: Value) -> list[str]:
    """Return a parameter as texts: each entry of a list is one."""
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [f"{value:g}" if isinstance(value, float) else str(value)]
