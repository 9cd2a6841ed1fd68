"""Turns an operator's request into the plan of a run: metadata, parameters, permissions, limits, rate."""

import hashlib
from datetime import UTC, datetime

import msgspec

from benchwright.bench.runs.run import RunPlan
from benchwright.bench.storage.run_store import new_run_id
from benchwright.core.errors import ArgumentError, MetadataError, UnknownNameError
from benchwright.core.limits import PRESETS, Preset, ScriptResourceLimits, check_limits, lowered
from benchwright.core.metadata import ScriptMetadata, check_engine_version, convert_parameters, parse_metadata
from benchwright.core.operator_messages import SubmitRun
from benchwright.core.permissions import parse_permissions
from benchwright.core.rates import RATE_PRESETS, RateSettings
from benchwright.core.run_states import StopPolicy
from benchwright.engines.registry import engine_languages
from benchwright.instruments.config import Config

MAX_SOURCE_BYTES = 4 * 1024 * 1024


def plan_run(request: SubmitRun, config: Config) -> RunPlan:
    """Settle what a run may do.

    Raises:
        MetadataError: the metadata or a parameter is not valid.
        ConfigurationError: a limit is not valid.
        ArgumentError: the language is unknown or the source too large.
    """
    _check_source(request)
    metadata = _metadata(request)
    _check_engine(request, metadata)
    for name in metadata.exclusive:
        if name not in config.instruments:
            raise UnknownNameError("instrument", name, config.instruments, " (in exclusive)")
    preset = request.preset or metadata.preset or Preset.STANDARD
    return RunPlan(
        run_id=new_run_id(datetime.now(UTC)),
        script=request.name,
        path=request.path,
        language=request.language,
        source=request.source,
        source_sha256=hashlib.sha256(request.source.encode()).hexdigest(),
        metadata=metadata,
        metadata_text=request.metadata,
        parameters=convert_parameters(metadata, request.parameters),
        permissions=parse_permissions(request.grant),
        limits=_limits(request, metadata, preset, config),
        preset=preset,
        rate=_rate(preset, config),
        on_stop=request.on_stop or metadata.on_stop or StopPolicy.SAFE,
        dependencies=request.dependencies,
        requires=request.requires,
        from_window=request.from_window,
    )


def _check_source(request: SubmitRun) -> None:
    languages = engine_languages()
    if request.language not in languages:
        raise UnknownNameError("language", request.language, languages)
    size = len(request.source.encode("utf-8", errors="surrogatepass"))
    if size > MAX_SOURCE_BYTES:
        raise ArgumentError(f"{request.name} has {size} bytes; a script has at most {MAX_SOURCE_BYTES}")


def _check_engine(request: SubmitRun, metadata: ScriptMetadata) -> None:
    if metadata.language and metadata.language != request.language:
        raise MetadataError(
            f"{request.name} is run as {request.language}, and its metadata says {metadata.language}"
        )
    check_engine_version(metadata, request.name)


def _metadata(request: SubmitRun) -> ScriptMetadata:
    if not request.metadata:
        return ScriptMetadata(name=request.name)
    return parse_metadata(request.metadata, f"{request.name}.toml")


def _limits(
    request: SubmitRun, metadata: ScriptMetadata, preset: Preset, config: Config
) -> ScriptResourceLimits:
    """Preset, then the bench's defaults; the script may lower them, the operator decides."""
    own = msgspec.structs.replace(PRESETS[preset], **config.limits) if config.limits else PRESETS[preset]
    chosen = check_limits(request.limits, "request")
    return msgspec.structs.replace(lowered(own, metadata.limits), **chosen)


def _rate(preset: Preset, config: Config) -> RateSettings:
    return config.rate if preset is Preset.STANDARD else RATE_PRESETS[preset]
