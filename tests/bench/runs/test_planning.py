import pytest

from benchwright.bench.runs.planning import plan_run
from benchwright.core.errors import MetadataError
from benchwright.core.limits import PRESETS, Preset
from benchwright.core.operator_messages import SubmitRun
from benchwright.instruments.config import Config


def request(metadata: str, preset: Preset | None = None) -> SubmitRun:
    return SubmitRun(
        name="scan.lua", language="lua", source="return 1", metadata=metadata, preset=preset, grant=[]
    )


def test_the_script_chooses_its_preset_and_the_operator_overrules_it() -> None:
    strict = 'preset = "strict"\n'
    assert plan_run(request(strict), Config()).limits == PRESETS[Preset.STRICT]
    assert plan_run(request(strict, Preset.STANDARD), Config()).limits == PRESETS[Preset.STANDARD]
    assert plan_run(request("", Preset.STRICT), Config()).limits == PRESETS[Preset.STRICT]
    assert plan_run(request(""), Config()).limits == PRESETS[Preset.STANDARD]


def test_metadata_lowers_limits_and_never_raises_them() -> None:
    plan = plan_run(request("[limits]\nmax_memory_mb = 5000\nmax_execution_time_s = 2.5\n"), Config())
    assert (plan.limits.max_memory_mb, plan.limits.max_execution_time_s) == (50, 2.5)
    roomy = Config(limits={"max_memory_mb": 200})
    assert plan_run(request("[limits]\nmax_memory_mb = 100\n"), roomy).limits.max_memory_mb == 100


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ('language = "python"\n', "scan.lua is run as lua, and its metadata says python"),
        ('min_engine_version = "99.1"\n', "scan.lua needs Benchwright 99.1 or newer, and this is "),
    ],
)
def test_a_script_for_another_engine_is_refused(metadata: str, sentence: str) -> None:
    with pytest.raises(MetadataError, match=sentence):
        plan_run(request(metadata), Config())


def test_a_script_for_an_older_version_is_taken() -> None:
    assert plan_run(request('min_engine_version = "0.1"\nlanguage = "lua"\n'), Config()).script == "scan.lua"
