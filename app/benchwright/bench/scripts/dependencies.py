"""Finds the library scripts that a script needs, and those that they need in turn."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, NamedTuple, Protocol

from benchwright.core.dependencies import Dependency, parse_dependency, version_numbers
from benchwright.core.errors import BenchwrightError, MetadataError
from benchwright.core.toml_source import line_of
from benchwright.engines.registry import engine_for_suffix, engine_suffixes

MAX_DEPENDENCIES: Final = 100  # of one script, all in all
MAIN: Final = ""  # the name of the script itself among those that need others


class Needs(NamedTuple):
    """What a script's metadata says that counts here; `file` and `text` are its TOML for messages."""

    version: str
    dependencies: tuple[str, ...]
    file: str
    text: str = ""


class Shelf(Protocol):
    """Where scripts are looked for; a place is a path, or a key within the library."""

    def beside(self, place: str, file: str) -> str | None:
        """Return the place of a file in the folder of another one, None where there is none."""
        ...

    def in_library(self, file: str) -> Mapping[str, str]:
        """Return the places of all files of that name in the library, by key."""
        ...

    def needs(self, place: str) -> Needs:
        """Return what a script says of itself.

        Raises:
            BenchwrightError: it, or its metadata, cannot be used.
        """
        ...


class Resolved(NamedTuple):
    """All scripts that one needs: the place of each by its name, and the names that each may require.

    In `requires` the script itself is called ``""``.
    """

    places: dict[str, str]
    requires: dict[str, tuple[str, ...]]


def resolve(place: str, shelf: Shelf) -> Resolved:
    """Return all that a script needs.

    A name stands for the script beside the one that needs it, else for the only one of that name in the
    library: no script that comes later can take its place unseen. Within one run it stands for one script.

    Raises:
        MetadataError: one is missing, too old, of another language, not to be told from another, needs itself
            or cannot be used; names the chain that leads there and the TOML file that asks for it.
    """
    search = _Search(place, shelf)
    search.follow(MAIN, [place])
    return Resolved(search.places, search.requires)


class _Search:
    """Follows the dependencies of one script, depth first; a chain is the places from that script on."""

    def __init__(self, main: str, shelf: Shelf) -> None:
        path = PurePath(main)
        self._main, self._main_name = main, path.stem
        self._suffix = path.suffix.lower()  # that of all: they are of one language
        self._shelf = shelf
        self.places: dict[str, str] = {}
        self.requires: dict[str, tuple[str, ...]] = {}

    def follow(self, name: str, chain: list[str]) -> None:
        """Find what the last script of a chain, called `name`, needs."""
        needs = self._shelf.needs(chain[-1])
        wanted = [_Wanted(needs, index, chain) for index in range(len(needs.dependencies))]
        self.requires[name] = tuple(dict.fromkeys(each.dependency.name for each in wanted))
        for each in wanted:
            self._take(each)

    def _take(self, wanted: "_Wanted") -> None:
        name, place = wanted.dependency.name, self._find(wanted)
        if place in wanted.chain:
            raise wanted.error("that is a circle", _file(place))
        known = self._main if name == self._main_name else self.places.get(name)
        if known not in (None, place):
            raise wanted.error(
                f"another script of this run needs {known}, and this one {place}; rename one of them"
            )
        try:
            version = self._shelf.needs(place).version
        except BenchwrightError as error:
            raise wanted.error(f"it cannot be used: {error.message}", _file(place)) from None
        _check_version(wanted, place, version)
        if known is None:
            if len(self.places) == MAX_DEPENDENCIES:
                raise wanted.error(f"a script can need {MAX_DEPENDENCIES} others at most, all in all")
            self.places[name] = place
            self.follow(name, [*wanted.chain, place])

    def _find(self, wanted: "_Wanted") -> str:
        importer = wanted.chain[-1]
        file = wanted.dependency.name + self._suffix
        place = self._shelf.beside(importer, file)
        if place is not None:
            return place
        found = self._shelf.in_library(file)
        if len(found) > 1:
            several, here = " and ".join(sorted(found)[:3]), _file(importer)
            raise wanted.error(
                f"the library has {several}; put the one that is meant beside {here}, or rename one"
            )
        if found:
            return next(iter(found.values()))
        for suffix in engine_suffixes():
            other = wanted.dependency.name + suffix
            if self._shelf.beside(importer, other) or self._shelf.in_library(other):
                language = engine_for_suffix(suffix).capitalize()
                raise wanted.error(f"{other} is a {language} script, of no use to {_file(importer)}")
        raise wanted.error(f"there is no {file} beside {_file(importer)} or in the library")


class _Wanted:
    """One dependency that a script declares, and the chain of scripts that leads to it."""

    def __init__(self, needs: Needs, index: int, chain: list[str]) -> None:
        text = needs.dependencies[index]
        self.chain = chain
        self.dependency: Dependency = parse_dependency(text) or Dependency(text)
        self._needs = needs
        self._index = index

    def error(self, why: str, called: str = "") -> MetadataError:
        """Return why it is refused; `called` is what the message calls it, by default its name."""
        files = [*map(_file, self.chain), called or self.dependency.name]
        chain = f"{files[0]} needs {', which needs '.join(files[1:])}"
        line = line_of(self._needs.text, ("dependencies", self._index))
        return MetadataError(f"{chain}: {why}", self._needs.file, line, f"dependencies[{self._index}]")


def _check_version(wanted: _Wanted, place: str, version: str) -> None:
    name, lowest = wanted.dependency
    if not lowest:
        return
    numbers = version_numbers(version)
    if numbers is None:
        raise wanted.error(
            f"{place} has version {version!r}, which is no number such as 1.2", f"{name} >= {lowest}"
        )
    if numbers < (version_numbers(lowest) or ()):
        raise wanted.error(f"{place} is version {version}", f"{name} >= {lowest}")


def _file(place: str) -> str:
    return PurePath(place).name
