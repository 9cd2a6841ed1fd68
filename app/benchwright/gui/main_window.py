"""The window: puts the parts together and carries out what the actions name."""

import atexit
import time
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QIcon, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from benchwright.bench.data_folder import DataFolder
from benchwright.core.operator_messages import DescribeInstruments, ListActiveRuns
from benchwright.core.resource_paths import resource_path
from benchwright.core.run_record import ActiveRun, RunSummary
from benchwright.gui import actions, theme
from benchwright.gui.adoption import Adoption
from benchwright.gui.alerts import Alerts
from benchwright.gui.availability import Availability
from benchwright.gui.background import in_background
from benchwright.gui.banners import Banners
from benchwright.gui.controls import Controls
from benchwright.gui.desk_state import DeskState
from benchwright.gui.docks import Docks
from benchwright.gui.emergency import EmergencyKeys, EmergencyStopper
from benchwright.gui.engine_thread import EngineThread
from benchwright.gui.garbage_collector import GarbageCollector
from benchwright.gui.icons import icon
from benchwright.gui.leaving import Leaving
from benchwright.gui.menus import fill_menus
from benchwright.gui.panels.editor.panel import EditorPanel
from benchwright.gui.parameters import ParameterForm
from benchwright.gui.run_controls import RunControls
from benchwright.gui.run_setup import RunSetup
from benchwright.gui.runner import Runner
from benchwright.gui.session import RunModel
from benchwright.gui.settings import SETTINGS_FILE, Settings
from benchwright.gui.status_bar import StatusBar
from benchwright.gui.tool_bar import ToolRow
from benchwright.gui.top_area import TopArea
from benchwright.gui.tour import Tour
from benchwright.gui.widgets.estop_button import EStopButton

if TYPE_CHECKING:
    from benchwright.gui.widgets.palette import Entry

_SIZE = QSize(1280, 800)
_SESSION_MS = 3_000
_FIRST_PAINT_MS = 40
_LEAVE_TIMEOUT_S = 5.0


class MainWindow(QMainWindow):
    """One window on one bench.

    It can be shown as it is made, with the script, the tools and the emergency stop; `complete` adds the
    rest.

    Args:
        config_file: the bench's configuration, None for the built-in demo bench.
        data_dir: the data folder, None for the platform's.
    """

    def __init__(self, config_file: Path | None = None, data_dir: Path | None = None) -> None:
        super().__init__()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._app = app
        self._has_left = False
        self._garbage = GarbageCollector(self)
        self._desk_state = DeskState(data_dir)
        self.settings = Settings(DataFolder.at(data_dir).path / SETTINGS_FILE, self)
        theme.apply(app, theme.preferred(app, self.settings.text("window.theme")))
        config_file = config_file or self.settings.path_of("bench.config_file")
        self.engine = EngineThread(data_dir, config_file, self)
        self.model = RunModel(self, data_dir)
        self.controls = Controls(self.engine.ask, self)
        self._adoption = Adoption(self.model, DataFolder.at(data_dir).path, self)
        self.runner = Runner(self.engine, self.model, data_dir)
        self._leaving = Leaving(self, self.model, self.runner)
        self.stopper = EmergencyStopper(data_dir, config_file, self)
        self.engine.leaves_instruments = lambda: self.stopper.is_pressing
        self._data_dir = data_dir
        self._build()
        self._connect()
        self._restore()

    # --- building ---

    def _build(self) -> None:
        self.setObjectName("window")
        self.setWindowTitle("Benchwright")
        self.setWindowIcon(QIcon(str(resource_path("icons", "benchwright.svg"))))
        self._take_first_size()
        self.setAcceptDrops(True)
        self.docks = Docks(self, self.model, self.controls)
        self.editor = self.docks.panel(EditorPanel)
        self.setCentralWidget(self.editor)
        self.run_controls = RunControls()
        self.estop = EStopButton(theme.current().stop, theme.current().on_stop)
        self.estop.setObjectName("toolbar.emergency_stop")
        self.banners = Banners(self)
        self.tour = Tour(self.model, self)
        self.actions_by_id = actions.make_actions(self, self._handler)
        self.availability = Availability(
            self.model, lambda: self.editor.current() is not None, self.actions_by_id
        )
        top = TopArea(self)
        top.add_row(ToolRow(self.actions_by_id, self.run_controls, self.estop, top))
        fill_menus(top.menus, self.actions_by_id, self.docks, self.editor)
        self.setMenuWidget(top)
        self.parameters = ParameterForm(self)
        self.run_setup = RunSetup(self.run_controls, self.parameters, self)
        for strip in (self.parameters, self.tour, self.banners):
            top.add_strip(strip, strip.filled)
        self.status = StatusBar(self.model, self)
        self.setStatusBar(self.status)
        self.alerts = Alerts(
            self.banners, self.model, self.controls, self.runner, self.stopper, self.start_bench
        )

    def _take_first_size(self) -> None:
        """Be all on the screen, where it is a real one: the emergency stop is at the right edge."""
        available = self.screen().availableSize()
        is_small = available.width() < _SIZE.width() or available.height() < _SIZE.height()
        if is_small and QGuiApplication.platformName() != "offscreen":
            self.resize(_SIZE.boundedTo(available))
            self.setWindowState(Qt.WindowState.WindowMaximized)
        else:
            self.resize(_SIZE)

    def _handler(self, name: str) -> Callable[[], object]:
        name, _, argument = name.partition(":")
        owner, _, method = name.partition(".")

        def handle() -> object:
            panel = self.docks.panels.get(owner)
            handler = attrgetter(name)(self) if panel is None else attrgetter(method)(panel)
            return handler(argument) if argument else handler()

        return handle

    def complete(self) -> None:
        """Make the other panels, and all that works on them."""
        from benchwright.gui.help import Help
        from benchwright.gui.panels.console.panel import ConsolePanel
        from benchwright.gui.panels.library.panel import LibraryPanel
        from benchwright.gui.panels.plots.panel import PlotsPanel
        from benchwright.gui.panels.runs.panel import RunsPanel
        from benchwright.gui.preferences import Preferences
        from benchwright.gui.script_actions import ScriptActions
        from benchwright.gui.settings.effects import SettingEffects
        from benchwright.gui.widgets.palette import Palette

        self.docks.fill()
        self.library = self.docks.panel(LibraryPanel)
        self.plots = self.docks.panel(PlotsPanel)
        self.runs = self.docks.panel(RunsPanel)
        self.scripts = ScriptActions(self.editor, self.library, self.docks, self.controls)
        console = self.docks.panel(ConsolePanel)
        effects = SettingEffects(self._app, self.settings, self.editor.view, console)
        self.preferences = Preferences(self.settings, effects, self.banners, self.editor.go_to, self)
        self.finder = Palette(self, self._commands, self._files)
        self.help = Help(self, self.controls)
        for row in actions.ACTIONS:
            (self.docks.panels[row.panel] if row.panel else self).addAction(self.actions_by_id[row.id])
        self._connect_panels()
        self._restore_panels()

    def _connect(self) -> None:
        self.engine.happened.connect(self.model.happened)
        model = self.model
        model.bench_changed.connect(self._on_bench)
        model.emergency_changed.connect(lambda event: self.estop.set_latched(event.latched))
        self.controls.message_wanted.connect(self.status.tell)
        self.status.panel_wanted.connect(self.docks.raise_panel)
        self.controls.place_wanted.connect(self.editor.go_to)
        self.controls.file_wanted.connect(self.editor.open_file)
        self.controls.run_wanted.connect(self.run_file)
        self.controls.file_moved.connect(self.editor.follow_file)
        self.controls.text_wanted.connect(
            lambda run: self.editor.new_script(run.text, run.language, run.title, run.metadata or None)
        )
        self.controls.rerun_wanted.connect(self.run_again)
        self.controls.plot_wanted.connect(self._plot_run)
        self.controls.plots_wanted.connect(self._plot_run)
        model.line_changed.connect(self._on_line)
        model.run_adopted.connect(self._on_adopted)
        self.controls.restart_wanted.connect(self.restart_bench)
        self.editor.current_changed.connect(self._on_current)
        self.editor.cursor_moved.connect(self._on_cursor)
        self.editor.text_changed.connect(self.alerts.forget_grant)
        self.run_setup.place_wanted.connect(lambda file, line: self.editor.go_to(file, line, 1))
        self.estop.pressed.connect(self.emergency_stop)  # not `clicked`: the finger's way up is lost time
        self._keys = EmergencyKeys(self)
        self._keys.pressed.connect(self.emergency_stop)
        self._app.installEventFilter(self._keys)
        self._app.aboutToQuit.connect(self._leave)
        atexit.register(self._leave)  # a program that opens it and ends without an event loop
        theme.watcher.changed.connect(self._on_theme)
        self._on_theme()
        self._session = QTimer(self)  # layout and open scripts survive a crash
        self._session.setInterval(_SESSION_MS)
        self._session.timeout.connect(lambda: self._desk_state.save_soon(*self._state_now()))

    def _connect_panels(self) -> None:
        controls, editor, library, scripts = self.controls, self.editor, self.library, self.scripts
        controls.import_wanted.connect(scripts.preview_import)
        controls.schedule_wanted.connect(scripts.schedule_file)
        editor.saving.saved.connect(lambda buffer, *_: library.commands.keep_version(buffer.path))
        editor.current_changed.connect(scripts.keep_version)
        controls.past_run_wanted.connect(lambda _: self.docks.raise_panel("runs"))
        controls.past_run_wanted.connect(self.runs.show_run)
        self.plots.rows_came.connect(lambda: self.docks.raise_panel("plots"))

    def _restore(self) -> None:
        self.docks.set_sizes(self)
        self._first_layout = self.saveState()
        state = self._desk_state
        if not state.geometry.isEmpty():
            self.restoreGeometry(state.geometry)
            self.restoreState(state.layout)
        self.run_setup.memory.restore_state(state.runs)
        editor_state = state.panels.get("editor")
        if isinstance(editor_state, dict):
            self.editor.restore_state(editor_state)
        self.editor.use_folder(DataFolder.at(self._data_dir).path / "unsaved")
        if self.editor.current() is None:
            self._open_example()
        self._on_current()

    def _restore_panels(self) -> None:
        state = self._desk_state
        if state.geometry.isEmpty():
            self.docks.set_sizes(self)
        self.docks.restore_states(state.panels)
        self.library.use_folder(DataFolder.at(self._data_dir).path)
        self.scripts.keep_version()
        self.availability.update()
        self._session.start()
        self.tour.ended.connect(self._desk_state.forget_tour)
        if state.wants_tour:
            self.tour.start()

    def _commands(self) -> "list[Entry]":
        from benchwright.gui.palette_entries import command_entries

        return command_entries(self.actions_by_id, self.availability)

    def _files(self) -> "list[Entry]":
        from benchwright.gui.palette_entries import file_entries

        return file_entries(self.editor, self.library.script_paths)

    def _open_example(self) -> None:
        script, metadata = (
            resource_path("examples", "malus_scan.lua"),
            resource_path("examples", "malus_scan.toml"),
        )
        self.editor.new_script(
            script.read_text("utf-8"), "lua", title=script.name, metadata_text=metadata.read_text("utf-8")
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.engine.isRunning() and not self._has_left:
            QTimer.singleShot(_FIRST_PAINT_MS, self.engine.start)  # it would share the interpreter with it

    # --- what happens ---

    def tell_mistake(self, text: str) -> None:
        """Show a mistake of ours."""
        self.alerts.tell_error("mistake", f"Benchwright made a mistake and goes on: {text}")

    def _on_bench(self) -> None:
        if self.model.is_attached:
            self.engine.ask(DescribeInstruments())
            self.engine.ask(ListActiveRuns())
            in_background("history", self._read_history, self.model.history_read.emit, owner=self)

    def _read_history(self) -> list[RunSummary]:
        from benchwright.bench.storage.run_index import RunIndex
        from benchwright.bench.storage.run_store import RunStore

        return RunIndex(RunStore(DataFolder.at(self._data_dir).path)).summaries()

    def _on_current(self) -> None:
        buffer = self.editor.current()
        self.setWindowTitle("Benchwright" if buffer is None else f"{buffer.title} – Benchwright")
        if buffer is None:
            self.status.forget_place()
        self.run_setup.follow(buffer)
        self._on_line()
        self.availability.update()

    def _on_adopted(self, run: ActiveRun) -> None:
        if run.path and Path(run.path).is_file():
            self.editor.open_file(Path(run.path))
        self._on_line()

    def _on_line(self) -> None:
        self.editor.mark_running_line(self.model.run.file, self.model.line or None)

    def _on_cursor(self, line: int, column: int) -> None:
        buffer = self.editor.current()
        self.status.show_place(line, column, "" if buffer is None else buffer.kind)

    def _on_theme(self, _: object = None) -> None:
        colours = theme.current()
        self.estop.set_colours(colours.stop, colours.on_stop)
        for row in actions.ACTIONS:
            if row.icon:
                self.actions_by_id[row.id].setIcon(icon(row.icon, colours))

    # --- actions ---

    def reset_layout(self) -> None:
        """Put every panel where it was at first."""
        self.restoreState(self._first_layout)
        self.docks.set_sizes(self)

    def validate(self) -> None:
        self.editor.validate_now()
        self.docks.raise_panel("problems")

    def run_script(self) -> None:
        """Run what the editor shows."""
        buffer = self.editor.current()
        if buffer is None or self.model.is_busy or self.runner.is_preparing:
            return
        if self.run_setup.problem():
            self.parameters.refuse(buffer.title)
            return
        if self.settings.is_on("run.save_first") and buffer.path is not None and buffer.is_modified:
            self.editor.saving.save(buffer)
        self.docks.raise_panel("console")
        self.runner.run(buffer, self.run_setup.options())

    def run_file(self, path: Path) -> None:
        """Run a script from its file; what is open in the editor is run as the editor shows it."""
        if not self.availability.may_start or self.runner.is_preparing:
            self.controls.message_wanted.emit(
                f"{path.name} cannot be run now: {self.availability.why_not_start}."
            )
            return
        self.docks.raise_panel("console")
        buffer = next((each for each in self.editor.buffers() if each.path == path), None)
        if buffer is None:
            self.runner.run_file(path, self.run_setup.options_of_file(path))
        else:
            self.runner.run(buffer, self.run_setup.options_of(buffer))

    def run_again(self, run_id: str) -> None:
        """Run what a run of before ran."""
        if self.model.is_busy or self.runner.is_preparing or self.model.emergency.latched:
            self.controls.message_wanted.emit("Nothing can be run now.")
            return
        self.docks.raise_panel("console")
        self.runner.run_again(run_id)

    def _plot_run(self, *run_ids: str) -> None:
        self.docks.raise_panel("plots")
        self.plots.show_runs(*run_ids)

    def run_last(self) -> None:
        """Run again what was run last, else what the editor shows."""
        if not self.runner.run_last():
            self.run_script()

    def cancel_run(self) -> None:
        self.runner.cancel()

    def pause_or_resume(self) -> None:
        self.runner.pause_or_resume()

    def emergency_stop(self) -> None:
        """Stop everything; the button looks pressed at once, whatever the bench does."""
        self.stopper.press()
        self.estop.set_latched(True)

    def ask_reset(self) -> None:
        self.alerts.ask_reset(self)

    def start_bench(self) -> None:
        self.engine.start_bench()
        self.status.tell("A new bench starts…")
        self.banners.dismiss("bench")

    def restart_bench(self, config_file: Path) -> None:
        """End the bench and go on with one that runs with this configuration."""
        self.stopper.use_config(config_file)
        self.engine.restart_bench(config_file)
        self.status.tell(f"The bench starts again with {config_file.name}…")

    # --- the end ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.editor.dragEnterEvent(event)  # wherever they are dropped

    def dropEvent(self, event: QDropEvent) -> None:
        self.editor.dropEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._has_left and not (self._leaving.may_leave() and self.editor.closing.may_close_all()):
            event.ignore()
            return
        self._leave()
        super().closeEvent(event)

    def event(self, event: QEvent) -> bool:
        """End the threads before the window is destroyed, also where it was never closed."""
        if event.type() == QEvent.Type.DeferredDelete:
            self._leave()
        return super().event(event)

    def _state_now(self) -> tuple[QByteArray, QByteArray, dict[str, Any]]:
        self._desk_state.runs = self.run_setup.memory.save_state()
        return self.saveGeometry(), self.saveState(), self.docks.save_states()

    def _leave(self) -> None:
        """Remember the layout, say farewell to the bench, end the threads."""
        if self._has_left:
            return
        self._has_left = True
        atexit.unregister(self._leave)
        self._session.stop()
        self._desk_state.save(*self._state_now())
        self.preferences.close()
        self._app.removeEventFilter(self._keys)
        self.engine.happened.disconnect(self.model.happened)
        deadline_s = time.monotonic() + _LEAVE_TIMEOUT_S
        self.engine.close()
        self.stopper.wait(_LEAVE_TIMEOUT_S)
        self.engine.wait(max(0, int((deadline_s - time.monotonic()) * 1000)))
        self._garbage.stop()
