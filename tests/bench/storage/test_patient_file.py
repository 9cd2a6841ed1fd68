import io
import random
from pathlib import Path

import pytest

from benchwright.bench.storage.patient_file import PatientFile


class SmallFile(io.FileIO):
    """A file on a disk that takes so many bytes and no more, in pieces."""

    def __init__(self, path: Path, room: int) -> None:
        super().__init__(path, "wb+")
        self.room = room

    def write(self, data: object) -> int:
        content = bytes(data)[:7]  # type: ignore[call-overload]
        if self.tell() + len(content) > self.room:
            raise OSError(28, "No space left on device")
        return super().write(content)


@pytest.mark.parametrize("room", [0, 10, 50, 1000])
def test_what_was_written_is_read_whether_or_not_the_disk_took_it(tmp_path: Path, room: int) -> None:
    chance = random.Random(room)
    expected = io.BytesIO()
    with SmallFile(tmp_path / "file", room) as file:
        patient = PatientFile(file)
        for _ in range(200):
            at, size = chance.randrange(100), chance.randrange(20)
            expected.seek(at)
            patient.seek(at)
            if chance.random() < 0.5:
                content = chance.randbytes(size)
                assert patient.write(content) == expected.write(content)
            else:
                assert patient.read(size) == expected.read(size)
            assert patient.tell() == expected.tell()
        assert patient.seek(0, io.SEEK_END) == len(expected.getvalue())
        if room == 1000:
            patient.check()
            assert (tmp_path / "file").read_bytes() == expected.getvalue()
        else:
            with pytest.raises(OSError, match="No space left"):
                patient.check()
