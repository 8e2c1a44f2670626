"""Known workers, which finish their tasks before they stop, and how long that takes."""

from __future__ import annotations

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.programs.program import Knob, KnownProgram
from k8slint.shutdown.seconds import exactly, unbounded, unknown

WORKERS = (
    KnownProgram(
        "celery",
        # A cold shutdown; worker_soft_shutdown_timeout, 0 by default, is set in the app.
        "celery/celery 5.7.0 celery/apps/worker.py, celery/app/defaults.py",
        "2026-11-29",
        commands=("celery worker",),
        only_if="REMAP_SIGTERM=SIGQUIT",
        default=exactly(0, "REMAP_SIGTERM makes it drop its tasks"),
        is_worker=True,
    ),
    KnownProgram(
        "celery",
        "celery/celery 5.7.0 celery/apps/worker.py",
        "2026-11-29",
        commands=("celery worker", "airflow celery"),
        default=unbounded("it waits for all running tasks"),
        task_limits=(Knob(("--time-limit",)), Knob(("--soft-time-limit",))),
        is_worker=True,
    ),
    KnownProgram(
        "rq",
        "rq/rq 3.0.0 rq/worker/base.py: request_stop",
        "2026-11-29",
        commands=("rq worker", "rqworker"),
        default=unbounded("it waits for the running job"),
        is_worker=True,
    ),
    KnownProgram(
        "dramatiq",
        "Bogdanp/dramatiq v2.2.1 dramatiq/cli.py",
        "2026-11-29",
        commands=("dramatiq",),
        knobs=(
            Knob(("--worker-shutdown-timeout",), unit=Unit.MILLISECONDS, default=exactly(600)),
        ),
        is_worker=True,
    ),
    KnownProgram(
        "sidekiq",
        "sidekiq/sidekiq v8.1.7 lib/sidekiq/cli.rb, lib/sidekiq/config.rb",
        "2026-11-29",
        commands=("sidekiq",),
        knobs=(Knob(("-t", "--timeout"), default=exactly(25)),),
        configured_by=("-C", "--config"),
        is_worker=True,
    ),
    KnownProgram(
        "sidekiq",
        "GitLab's chart, as in nobidev/gitlab-charts 0689233 charts/gitlab/charts/sidekiq",
        "2026-11-29",
        images=(
            "gitlab-org/build/cng/gitlab-sidekiq-ee",
            "gitlab-org/build/cng/gitlab-sidekiq-ce",
        ),
        knobs=(Knob(env=("SIDEKIQ_TIMEOUT",), default=exactly(25)),),
        is_worker=True,
    ),
    KnownProgram(
        "resque",
        "resque/resque v3.0.0 lib/resque/worker.rb; nevans/resque-pool v0.7.1 README.md",
        "2026-11-29",
        commands=("resque", "resque-pool", "rake resque:work"),
        knobs=(
            Knob(env=("RESQUE_PRE_SHUTDOWN_TIMEOUT",)),
            Knob(env=("RESQUE_TERM_TIMEOUT",), default=exactly(4)),
        ),
        is_worker=True,
    ),
    KnownProgram(
        "gitlab-runner",
        "gitlab.com/gitlab-org/gitlab-runner 19.4.0 commands/multi.go; gitlab-runner#4215",
        "2026-11-29",
        commands=("gitlab-runner run",),
        images=("gitlab/gitlab-runner", "gitlab-org/gitlab-runner"),
        default=unknown("it aborts its builds on SIGTERM"),
        is_worker=True,
    ),
    KnownProgram(
        "actions-runner",
        "actions/actions-runner-controller runner/graceful-stop.sh, #1759",
        "2026-11-29",
        variables=("RUNNER_GRACEFUL_STOP_TIMEOUT",),
        knobs=(Knob(env=("RUNNER_GRACEFUL_STOP_TIMEOUT",)),),
        is_worker=True,
    ),
)
