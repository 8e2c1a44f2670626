"""Programs that mishandle the stop signal: they keep it, or take it for something else."""

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

_QUIT_SINCE = (1, 19, 5)


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
