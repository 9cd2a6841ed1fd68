#!/bin/sh
# Puts Benchwright, where it is unpacked, into the menu and on the path of this user; --remove takes it out again.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
data=${XDG_DATA_HOME:-$HOME/.local/share}
programs=$HOME/.local/bin
entry=$data/applications/benchwright.desktop
icon=$data/icons/hicolor/scalable/apps/benchwright.svg
metainfo=$data/metainfo/org.benchwright.Benchwright.metainfo.xml

refresh() {
    command -v update-desktop-database >/dev/null && update-desktop-database -q "$data/applications" || true
}

case ${1:-} in
--remove)
    rm -f "$entry" "$icon" "$metainfo" "$programs/benchwright" "$programs/benchwright-window"
    refresh
    echo "Benchwright is no longer in the menu. Its folder $here can be removed; your data is untouched."
    exit
    ;;
'') ;;
*)
    echo "usage: install.sh [--remove]" >&2
    exit 2
    ;;
esac

mkdir -p "$programs" "$(dirname "$entry")" "$(dirname "$icon")" "$(dirname "$metainfo")"
ln -sf "$here/benchwright" "$here/benchwright-window" "$programs/"
# In a quoted Exec value the characters " ` $ and \ are escaped, and % is doubled; then the file's own \ once more.
program=$(printf '%s' "$here/benchwright-window" | sed -e 's/[\\"`$]/\\&/g' -e 's/\\/\\\\/g' -e 's/%/%%/g')
escaped=$(printf '%s' "$program" | sed 's/[\\&|]/\\&/g')
sed -e "s|^Exec=benchwright-window|Exec=\"$escaped\"|" -e '/^TryExec=/d' \
    "$here/share/benchwright.desktop" >"$entry"
cp "$here/share/benchwright.svg" "$icon"
cp "$here/share/org.benchwright.Benchwright.metainfo.xml" "$metainfo"
refresh
echo "Benchwright is in the menu, and opens Lua and Python scripts on wish."
case :$PATH: in
*:"$programs":*) echo "In a terminal it is: benchwright" ;;
*) echo "In a terminal it is: $programs/benchwright" ;;
esac
