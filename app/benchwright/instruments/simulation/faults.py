"""Faults of a simulated instrument: late, garbled, cut, missing replies and dropped connections."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any

from benchwright.core.errors import ConfigurationError, did_you_mean, listed


@dataclass(frozen=True)
class Rate:
    """How often something happens: with a probability, or every nth time."""

    probability: float = 0.0
    every: int = 0

    @classmethod
    def parse(cls, text: str, key: str) -> "Rate":
        """Read ``0.05`` (a probability) or ``every:20``.

        Raises:
            ConfigurationError: it is neither.
        """
        head, colon, count = text.partition(":")
        if colon and head.strip() == "every" and count.strip().isdecimal() and int(count) > 0:
            return cls(every=int(count))
        probability = _number(text)
        if colon or probability is None or not 0 <= probability <= 1:
            raise ConfigurationError(
                f'must be a probability from 0 to 1 or "every:N", found {text!r}', key=key
            )
        return cls(probability=probability)

    def happens(self, count: int, random: Random) -> bool:
        """Decide for the `count`th time (1-based)."""
        if self.every:
            return count % self.every == 0
        return self.probability > 0 and random.random() < self.probability


@dataclass(frozen=True)
class Faults:
    """What goes wrong with the replies of one instrument.

    As text ``latency=0.1,garbage=0.05,silence=every:20``: latency in seconds, on each reply or, as
    ``latency=0.1@0.5``, at a rate; the others at a rate.
    """

    latency_s: float = 0.0
    latency: Rate = field(default=Rate(probability=1.0))
    garbage: Rate = field(default=Rate())
    partial: Rate = field(default=Rate())
    silence: Rate = field(default=Rate())
    disconnect: Rate = field(default=Rate())

    @classmethod
    def parse(cls, text: str) -> "Faults":
        """Read the faults from text; an empty text means none.

        Raises:
            ConfigurationError: an unknown fault or a value that does not fit.
        """
        items = [item.partition("=") for item in text.split(",") if item.strip()]
        return cls.from_mapping({kind.strip(): value for kind, _, value in items})

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "Faults":
        """Read the faults from a table of a config file; values are numbers or texts.

        Raises:
            ConfigurationError: an unknown fault or a value that does not fit.
        """
        found: dict[str, Any] = {}
        for kind, value in mapping.items():
            if kind not in FAULT_KINDS:
                hint = did_you_mean(kind, FAULT_KINDS)
                raise ConfigurationError(f"unknown fault{hint}; there is {listed(FAULT_KINDS)}", key=kind)
            text = str(value).strip()
            if kind == "latency":
                text, at, rate = text.partition("@")
                found["latency_s"] = _seconds(text)
                text = rate if at else "1"
            found[kind] = Rate.parse(text, kind)
        return cls(**found)


FAULT_KINDS = tuple(f.name for f in fields(Faults) if f.name != "latency_s")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _seconds(text: str) -> float:
    seconds = _number(text)
    if seconds is None or not 0 <= seconds <= 3600:
        raise ConfigurationError(f"must be seconds from 0 to 3600, found {text!r}", key="latency")
    return seconds


@dataclass(frozen=True)
class Delivery:
    """What becomes of a reply: what is sent, how late, and whether the connection ends with it."""

    data: bytes
    delay_s: float = 0.0
    disconnects: bool = False


class FaultInjector:
    """Spoils the replies of one instrument as its `faults` say; they can be changed at any time."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._faults = Faults()
        self._count = 0

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        self._count = 0

    def deliver(self, reply: bytes) -> Delivery:
        """Decide the fate of a reply, given with its terminator."""
        faults = self._faults
        self._count += 1
        delay_s = faults.latency_s if faults.latency_s and self._happens(faults.latency) else 0.0
        if self._happens(faults.disconnect):
            return Delivery(b"", delay_s, disconnects=True)
        if self._happens(faults.silence):
            return Delivery(b"", delay_s)
        if self._happens(faults.partial):
            reply = reply[: max(1, len(reply) // 2)].rstrip(b"\r\n")
        elif self._happens(faults.garbage):
            reply = self._garbage() + b"\r\n"
        return Delivery(reply, delay_s)

    def _happens(self, rate: Rate) -> bool:
        return rate.happens(self._count, self._random)

    def _garbage(self) -> bytes:
        """Return bytes that are no number in any notation."""
        noise = self._random.choices(b"~@#!\x7f\xff\x80%^&*", k=self._random.randint(1, 12))
        return bytes(noise)
