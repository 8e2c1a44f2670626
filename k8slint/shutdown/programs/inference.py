"""Known servers of models: how long they take to stop, and the settings that say so."""

from __future__ import annotations

from k8slint.shutdown.programs.program import Knob, KnownProgram
from k8slint.shutdown.seconds import exactly, unbounded, unknown

INFERENCE = (
    KnownProgram(
        "vLLM",
        "vllm-project/vllm#34730 (since 0.18) EngineArgs.add_cli_args: 0 aborts; vllm#43208",
        "2026-11-29",
        commands=(
            "vllm serve",
            "vllm.entrypoints.openai.api_server",
            "vllm.entrypoints.api_server",
        ),
        images=("vllm/vllm-openai",),
        knobs=(Knob(("--shutdown-timeout",)),),
        configured_by=("--config",),
    ),
    KnownProgram(
        "Triton",
        "triton-inference-server/server v2.71.0 src/command_line_parser.{cc,h}, src/main.cc",
        "2026-11-29",
        commands=("tritonserver",),
        knobs=(Knob(("--exit-timeout-secs",), default=exactly(30)),),
    ),
    KnownProgram(
        "TGI",
        "huggingface/text-generation-inference v3.3.7 launcher/src/main.rs (terminate)",
        "2026-11-29",
        commands=("text-generation-launcher",),
        images=("huggingface/text-generation-inference",),
        knobs=(
            Knob(
                ("--graceful-termination-timeout",),
                ("GRACEFUL_TERMINATION_TIMEOUT",),
                default=exactly(90),
            ),
        ),
    ),
    KnownProgram(
        "SGLang",
        "sgl-project/sglang 0.5.23 srt/managers/tokenizer_manager.py (sigterm_watchdog)",
        "2026-11-29",
        commands=("sglang.launch_server", "sglang serve"),
        default=unbounded("it waits for all running requests"),
    ),
    KnownProgram(
        "Ray",
        "ray-project/ray 2.60.0 serve/_private/constants.py, serve/config.py",
        "2026-11-29",
        commands=("ray start",),
        default=unknown("each Serve deployment has its own graceful_shutdown_timeout_s"),
    ),
)
