"""Both engines side by side, without a bench: start, call, compute loop, validation."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

from benchwright.core.descriptors import InstrumentDescriptor, MethodDescriptor, MethodKind
from benchwright.core.permissions import Permission
from benchwright.core.values import Value
from benchwright.engines.engine import CheckContext, EngineSettings, ScriptEngine
from benchwright.engines.registry import engine_class, engine_languages, validate
from benchwright.instruments.config import Config
from tests.benchmarks.figure import Figure

CALLS = 100_000
LOOPS = 2_000_000
LINES = 1000

CALL = {
    "lua": f'local memory = instruments.get("memory")\nfor i = 1, {CALLS} do memory:read() end',
    "python": f'memory = instruments.get("memory")\nfor i in range({CALLS}):\n    memory.read()',
}
COMPUTE = {
    "lua": f"local sum = 0\nfor i = 1, {LOOPS} do sum = sum + i % 7 end\nreturn sum",
    "python": f"sum = 0\nfor i in range(1, {LOOPS} + 1):\n    sum = sum + i % 7\nresult = sum",
}
BLOCK = {
    "lua": """do local motor = instruments.get("esp300")
local power = instruments.get("newport")
for angle = 0, 90, 5 do
  motor:move_absolute(angle)
  local reading = power:read_power()
  if reading > 1e-6 and angle ~= 45 then
    record{ angle = angle, power = reading, ratio = reading / (angle + 1) }
  end
  log_info(string.format("%d: %.4g", angle, reading))
end
end
""",
    "python": """motor = instruments.get("esp300")
power = instruments.get("newport")
for angle in range(0, 91, 5):
    motor.move_absolute(angle)
    reading = power.read_power()
    if reading > 1e-6 and angle != 45:
        record(angle=angle, power=reading, ratio=reading / (angle + 1))
    log_info(f"{angle}: {reading:.4g}")
total = sum(range(10))
print("done", total)
""",
}


class Memory:
    """An instrument that costs nothing."""

    descriptor = InstrumentDescriptor(
        name="memory",
        driver="memory",
        methods=(
            MethodDescriptor(
                name="read", kind=MethodKind.QUERY, permission=Permission.DEVICE_READ, result="float"
            ),
        ),
    )

    def call(
        self, method: str, args: list[Value], kwargs: dict[str, Value], *, line: int, concurrent: bool = False
    ) -> Value:
        """Return a number."""
        return 1.0


def measure() -> Iterator[Figure]:
    """Measure all of this page."""
    for language in engine_languages():
        yield Figure(f"engine start, {language}", _median_s(partial(_run, language, ""), 50) * 1000, "ms")
        call_s = _median_s(partial(_run, language, CALL[language]), 5) / CALLS
        yield Figure(f"engine call, {language}", call_s * 1e6, "us")
        loop_s = _median_s(partial(_run, language, COMPUTE[language]), 5) / LOOPS
        yield Figure(f"engine compute loop, {language}", loop_s * 1e9, "ns per turn")
        yield _validation(language)


def _validation(language: str) -> Figure:
    source = BLOCK[language] * (LINES // BLOCK[language].count("\n"))
    context = CheckContext(instruments=Config.demo().describe())
    found = validate(language, source, "benchmark", context)
    if found:
        raise RuntimeError(f"the script is to be valid: {found[0]}")
    taken_s = _median_s(lambda: validate(language, source, "benchmark", context), 30)
    reach = 10.0 if language == "lua" else None
    return Figure(f"validation of {LINES} lines, {language}", taken_s * 1000, "ms", reach)


def _run(language: str, source: str) -> None:
    engine: ScriptEngine = engine_class(language)(EngineSettings())
    engine.register_instrument("memory", Memory())
    engine.execute_script(source)


def _median_s(act: Callable[[], object], repeats: int) -> float:
    times_s = []
    for _ in range(repeats):
        began_s = time.perf_counter()
        act()
        times_s.append(time.perf_counter() - began_s)
    return median(times_s)
