"""The sign that shows the link of an instrument, the same wherever it is shown."""

from typing import Final, NamedTuple

from benchwright.gui import theme


class LinkLight(NamedTuple):
    """How one state looks: signs of different shape, for those who do not see the colours apart."""

    sign: str
    role: str  # a colour of the theme
    word: str

    @property
    def colour(self) -> str:
        """The colour in the theme of now."""
        return str(getattr(theme.current(), self.role))


_LIGHTS: Final = {
    "closed": LinkLight("○", "muted", "not connected"),
    "connecting": LinkLight("◐", "accent", "connecting"),
    "connected": LinkLight("●", "ok", "connected"),
    "lost": LinkLight("▲", "error", "link lost"),
    "latched": LinkLight("■", "error", "emergency stop"),
}


def link_light(state: str) -> LinkLight:
    """Return the light of a state of a link, as events name it."""
    return _LIGHTS.get(state, LinkLight("○", "muted", state))
