"""Programs that mishandle the stop signal: they keep it, or take it for something else.

It matters only to pods that are not expected to finish on their own.
"""

from __future__ import annotations

from k8slint.images.name import is_image, version

# As process 1 these may not forward it.
PACKAGE_MANAGERS = frozenset({"npm", "npx", "yarn", "pnpm"})
# For these SIGTERM is not the graceful signal, or not with every setting.
MISHANDLE_SIGTERM = frozenset(
    {
        *("uwsgi", "unicorn", "unicorn_rails", "resque", "resque-pool", "rake"),
        *("gitlab-runner", "celery"),
    }
)
# Known programs, by name, that cut off running work however long the grace period is.
CUT_OFF = frozenset({"pm2", "vLLM"})

_TASKS = frozenset({"AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun", "Experiment"})
_QUIT_SINCE = (1, 19, 5)


def finishes_on_its_own(kind: str, restart_policy: str) -> bool:
    """Whether pods of a kind of workload, or with a restart policy, run a task to its end."""
    is_task = kind.endswith("Job") or kind in _TASKS
    return is_task or restart_policy in ("Never", "OnFailure")


def is_old_nginx(image: str) -> bool:
    """Whether an image of nginx is stopped with SIGTERM, as most before 1.19.5."""
    if "nginx" not in image or not is_image(image, "nginx"):
        return False
    found = version(image)
    # 1.19 without a patch number moves on, and has been past that release for years.
    if found is None or found >= _QUIT_SINCE[: len(found)]:
        return False
    # Few are so old, and the table takes long to load.
    from k8slint.images.public import stop_signal

    return stop_signal(image) == "TERM"
