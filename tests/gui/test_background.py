"""Work in the background reports only to those who are still there."""

import threading

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

from benchwright.gui.application import make_application
from benchwright.gui.background import in_background
from tests.gui.shell import wait_until


class Receiver(QObject):
    def __init__(self, told: list[int]) -> None:
        super().__init__()
        self.told = told

    def take(self, value: int) -> None:
        self.told.append(value)


def test_a_receiver_that_is_gone_is_not_told() -> None:
    make_application()
    told: list[int] = []
    gone, there = Receiver(told), Receiver(told)
    may_go_on = threading.Event()

    def work(value: int) -> int:
        may_go_on.wait(10)
        return value

    in_background("for one that goes", lambda: work(1), gone.take)
    gone.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    may_go_on.set()
    wait_until(lambda: not any(each.name == "for one that goes" for each in threading.enumerate()))
    QApplication.processEvents()
    in_background("for one that stays", lambda: work(2), there.take)
    wait_until(lambda: told)
    assert told == [2]
