"""What the rules of k8slint say of themselves: their files are imported only when they are called.

The table is generated from `rules/` by `make docs`; a rule that is not in it yet works as well.
"""

# ruff: noqa: E501
# fmt: off

from k8slint.lint.rule import Severity
from k8slint.lint.rulefile import shipped_rule
from k8slint.shutdown.features import Feature

SHIPPED_RULES = (
    shipped_rule("gs001_sleep_exceeds_grace_period.py", "GS001", "sleep-exceeds-grace-period", Severity.ERROR, "0.1", subject="Shutdown", fix="safe", about=Feature.HOOK, options={"margin": 5, "window": 5}),
    shipped_rule("gs002_misplaced_grace_period.py", "GS002", "misplaced-grace-period", Severity.ERROR, "0.1", subject="Shutdown", fix="safe", about=Feature.SETTING, options={"margin": 5, "window": 5}),
    shipped_rule("gs003_invalid_hook_handler.py", "GS003", "invalid-hook-handler", Severity.ERROR, "0.1", subject="Shutdown", fix="unsafe", about=Feature.HOOK, options={"margin": 5, "window": 5}),
    shipped_rule("gs004_invalid_seconds.py", "GS004", "invalid-seconds", Severity.ERROR, "0.1", subject="Pod", fix="safe", about=Feature.SETTING),
    shipped_rule("gs005_unsupported_by_version.py", "GS005", "unsupported-by-version", Severity.ERROR, "0.1", subject="Shutdown", fix="unsafe", about=Feature.HOOK | Feature.ROLLOUT),
    shipped_rule("gs006_hook_on_init_container.py", "GS006", "hook-on-init-container", Severity.ERROR, "0.1", subject="Container", fix="unsafe", about=Feature.SETTING),
    shipped_rule("gs101_prestop_consumes_grace_period.py", "GS101", "prestop-consumes-grace-period", Severity.ERROR, "0.1", subject="Shutdown", fix="safe", yields_to=frozenset(["GS001"]), about=Feature.HOOK, options={"margin": 5, "window": 5}),
    shipped_rule("gs102_shutdown_budget_exceeded.py", "GS102", "shutdown-budget-exceeded", Severity.WARNING, "0.1", subject="Shutdown", fix="safe", yields_to=frozenset(["GS001", "GS101", "GS108"]), about=Feature.DRAIN, options={"margin": 5, "window": 5}),
    shipped_rule("gs103_default_drain_exceeds_budget.py", "GS103", "default-drain-exceeds-budget", Severity.INFO, "0.1", subject="Shutdown", fix="safe", default=False, yields_to=frozenset(["GS001", "GS101", "GS102", "GS104", "GS108"]), about=Feature.PROGRAM | Feature.IMAGE, options={"margin": 5, "window": 5}),
    shipped_rule("gs104_short_drain_window.py", "GS104", "short-drain-window", Severity.INFO, "0.1", subject="Shutdown", fix="safe", yields_to=frozenset(["GS001", "GS101", "GS102", "GS108"]), about=Feature.HOOK, options={"margin": 5, "window": 5}),
    shipped_rule("gs105_unbounded_app_drain.py", "GS105", "unbounded-app-drain", Severity.INFO, "0.1", subject="Shutdown", fix="unsafe", default=False, about=Feature.PROGRAM, options={"margin": 5}),
    shipped_rule("gs106_zero_grace_period.py", "GS106", "zero-grace-period", Severity.WARNING, "0.1", subject="Shutdown", fix="unsafe", yields_to=frozenset(["GS604", "GS700"]), about=Feature.GRACE, joins=True, options={"margin": 5, "window": 5}),
    shipped_rule("gs108_drain_exceeds_grace_period.py", "GS108", "drain-exceeds-grace-period", Severity.ERROR, "0.1", subject="Shutdown", fix="safe", yields_to=frozenset(["GS001", "GS101"]), about=Feature.DRAIN, options={"margin": 5, "window": 5}),
    shipped_rule("gs201_exec_hook_without_shell.py", "GS201", "exec-hook-without-shell", Severity.WARNING, "0.1", subject="Shutdown", fix="unsafe", yields_to=frozenset(["GS205"]), about=Feature.HOOK, options={"margin": 5, "window": 5}),
    shipped_rule("gs202_prefer_native_sleep.py", "GS202", "prefer-native-sleep", Severity.INFO, "0.1", subject="Shutdown", fix="safe", yields_to=frozenset(["GS201", "GS205"]), about=Feature.HOOK, needs_version=True),
    shipped_rule("gs203_signal_hook_returns_early.py", "GS203", "signal-hook-returns-early", Severity.WARNING, "0.1", subject="Container", about=Feature.HOOK, unfixed="which tool of the image can wait for the server is not in the manifest; let the hook wait until the server has exited, or declare the signal as the stop signal of the image"),
    shipped_rule("gs204_drain_hook_before_deregistration.py", "GS204", "drain-hook-before-deregistration", Severity.INFO, "0.1", subject="Shutdown", fix="unsafe", default=False, about=Feature.HOOK, joins=True),
    shipped_rule("gs205_broken_hook_command.py", "GS205", "broken-hook-command", Severity.ERROR, "0.1", subject="Shutdown", fix="unsafe", about=Feature.HOOK, options={"margin": 5, "window": 5}),
    shipped_rule("gs206_unbounded_hook.py", "GS206", "unbounded-hook", Severity.INFO, "0.1", subject="Shutdown", fix="unsafe", about=Feature.HOOK, options={"margin": 5, "window": 5}),
    shipped_rule("gs207_http_hook_host.py", "GS207", "http-hook-host", Severity.WARNING, "0.1", subject="Container", default=False, about=Feature.HOOK, unfixed="whether the node or the pod is meant is not in the manifest; delete `host` if it is the pod"),
    shipped_rule("gs208_http_hook_on_host_network.py", "GS208", "http-hook-on-host-network", Severity.WARNING, "0.1", subject="Container", about=Feature.HOOK, unfixed="which address the app listens on is not in the manifest; set `host: 127.0.0.1` if it is that one"),
    shipped_rule("gs301_missing_prestop_delay.py", "GS301", "missing-prestop-delay", Severity.WARNING, "0.1", subject="Shutdown", fix="unsafe", yields_to=frozenset(["GS302"]), about=Feature.SERVED, widened_by=frozenset(["bare_service"]), joins=True, options={"bare-service": False, "margin": 5, "window": 5}),
    shipped_rule("gs302_prestop_shorter_than_lb_drain.py", "GS302", "prestop-shorter-than-lb-drain", Severity.WARNING, "0.1", subject="Shutdown", fix="unsafe", about=Feature.HOOK | Feature.SERVED, joins=True, options={"agic": 90, "nlb": 120, "margin": 5, "window": 5}),
    shipped_rule("gs303_prestop_shorter_than_propagation.py", "GS303", "prestop-shorter-than-propagation", Severity.INFO, "0.1", subject="Shutdown", fix="unsafe", default=False, yields_to=frozenset(["GS301", "GS302"]), about=Feature.HOOK, joins=True, options={"margin": 5, "window": 5}),
    shipped_rule("gs304_needless_prestop_sleep.py", "GS304", "needless-prestop-sleep", Severity.INFO, "0.1", subject="Shutdown", fix="unsafe", default=False, about=Feature.HOOK, joins=True),
    shipped_rule("gs305_sleep_on_wrong_container.py", "GS305", "sleep-on-wrong-container", Severity.INFO, "0.1", subject="Shutdown", about=Feature.HOOK, joins=True, unfixed="whether both containers or only the other one is to sleep is not in the manifest; give that one a preStop sleep, or move this one"),
    shipped_rule("gs306_short_rollout_scale_down_delay.py", "GS306", "short-rollout-scale-down-delay", Severity.INFO, "0.1", subject="Workload", fix="unsafe", default=False, about=Feature.SETTING),
    shipped_rule("gs307_missing_readiness.py", "GS307", "missing-readiness", Severity.INFO, "0.1", subject="Shutdown", default=False, about=Feature.SERVED, joins=True, unfixed="which request or command shows that the app can serve is not in the manifest; add a readinessProbe with it"),
    shipped_rule("gs401_shell_without_exec.py", "GS401", "shell-without-exec", Severity.WARNING, "0.1", subject="Shutdown", fix="unsafe", about=Feature.SIGNAL),
    shipped_rule("gs402_package_manager_as_pid1.py", "GS402", "package-manager-as-pid1", Severity.WARNING, "0.1", subject="Shutdown", about=Feature.SIGNAL, unfixed="package.json, and not the manifest, decides what the script starts; run that directly, or under an init such as tini"),
    shipped_rule("gs403_server_mishandles_sigterm.py", "GS403", "server-mishandles-sigterm", Severity.WARNING, "0.1", subject="Shutdown", about=Feature.SIGNAL, unfixed="the image's stop signal, a flag or a hook can all be right; choose one that lets this server finish"),
    shipped_rule("gs405_pm2_kill_timeout.py", "GS405", "pm2-kill-timeout", Severity.INFO, "0.1", subject="Shutdown", fix="unsafe", about=Feature.SIGNAL, options={"margin": 5}),
    shipped_rule("gs501_sidecar_exits_before_app.py", "GS501", "sidecar-exits-before-app", Severity.WARNING, "0.1", subject="Shutdown", fix="unsafe", about=Feature.HOOK | Feature.DRAIN, options={"margin": 5, "injected": 0}),
    shipped_rule("gs502_sidecar_drain_exceeds_grace.py", "GS502", "sidecar-drain-exceeds-grace", Severity.WARNING, "0.1", subject="Shutdown", fix="safe", about=Feature.DRAIN | Feature.MESH, options={"margin": 5, "window": 5}),
    shipped_rule("gs503_ineffective_sidecar_setting.py", "GS503", "ineffective-sidecar-setting", Severity.INFO, "0.1", subject="Shutdown", fix="safe", about=Feature.MESH),
    shipped_rule("gs504_sidecar_hook_runs_early.py", "GS504", "sidecar-hook-runs-early", Severity.INFO, "0.1", subject="Shutdown", fix="unsafe", about=Feature.HOOK),
    shipped_rule("gs601_grace_exceeds_spot_notice.py", "GS601", "grace-exceeds-spot-notice", Severity.WARNING, "0.1", subject="Shutdown", about=Feature.NODE, options={"margin": 5, "window": 5}, unfixed="whether the pod can stop sooner or is to avoid these nodes is not in the manifest; shorten its shutdown, or change where it may run"),
    shipped_rule("gs602_grace_exceeds_autoscaler_limit.py", "GS602", "grace-exceeds-autoscaler-limit", Severity.INFO, "0.1", subject="Pod", default=False, about=Feature.GRACE, widened_by=frozenset(["limit"]), options={"limit": 600}, unfixed="whether the pod can stop sooner is not in the manifest; shorten its grace period, or raise the flag and set the option `limit` of this rule to the same value"),
    shipped_rule("gs603_grace_exceeds_nodepool_limit.py", "GS603", "grace-exceeds-nodepool-limit", Severity.WARNING, "0.1", subject="Shutdown", about=Feature.NODE, joins=True, unfixed="whether the pod can stop sooner or the node can wait longer is not in the manifest; lower the one or raise the other"),
    shipped_rule("gs604_zero_grace_security_groups.py", "GS604", "zero-grace-security-groups", Severity.WARNING, "0.1", subject="Shutdown", fix="safe", about=Feature.GRACE, joins=True),
    shipped_rule("gs700_statefulset_zero_grace.py", "GS700", "statefulset-zero-grace", Severity.ERROR, "0.1", subject="Shutdown", fix="safe", yields_to=frozenset(["GS604"]), about=Feature.GRACE, options={"margin": 5, "window": 5}),
    shipped_rule("gs701_worker_default_grace.py", "GS701", "worker-default-grace", Severity.INFO, "0.1", subject="Shutdown", yields_to=frozenset(["GS401", "GS403"]), about=Feature.WORKER, joins=True, options={"unscaled": False, "margin": 5}, unfixed="how long a task may take is not in the manifest; set a grace period for the longest one"),
    shipped_rule("gs702_long_grace_without_probe_grace.py", "GS702", "long-grace-without-probe-grace", Severity.WARNING, "0.1", subject="Shutdown", fix="unsafe", about=Feature.GRACE, options={"margin": 5, "window": 5, "startup-probes": False}),
    shipped_rule("gs703_pdb_blocks_eviction.py", "GS703", "pdb-blocks-eviction", Severity.WARNING, "0.1", subject="Shutdown", about=Feature.BUDGET, joins=True, unfixed="how many pods the app can do without is not in the manifest; let the budget allow one eviction, or run more pods"),
    shipped_rule("gs704_inference_aborts_in_flight.py", "GS704", "inference-aborts-in-flight", Severity.WARNING, "0.1", subject="Shutdown", fix="unsafe", about=Feature.SIGNAL, options={"margin": 5}),
    shipped_rule("gs705_stateful_short_grace.py", "GS705", "stateful-short-grace", Severity.INFO, "0.1", subject="Shutdown", fix="unsafe", yields_to=frozenset(["GS106", "GS604", "GS700"]), about=Feature.GRACE),
    shipped_rule("gs706_probe_grace_shorter_than_prestop.py", "GS706", "probe-grace-shorter-than-prestop", Severity.INFO, "0.1", subject="Shutdown", default=False, about=Feature.HOOK, unfixed="killing a hung container quickly may be right; raise the grace period of the probe above the hook, or remove it, if the hook matters more"),
    shipped_rule("gs707_poststart_delays_stop.py", "GS707", "poststart-delays-stop", Severity.INFO, "0.1", subject="Shutdown", about=Feature.HOOK, options={"limit": 30}, unfixed="what the hook waits for is not in the manifest; let a startup probe wait for it"),
    shipped_rule("gs708_pdb_selects_nothing.py", "GS708", "pdb-selects-nothing", Severity.WARNING, "0.1", subject="WrittenBudget", joins=True, unfixed="which pods the budget is meant for is not in the manifest; correct its selector, or delete the budget"),
    shipped_rule("gs709_pdb_pins_unhealthy_pods.py", "GS709", "pdb-pins-unhealthy-pods", Severity.INFO, "0.1", subject="WrittenBudget", fix="unsafe", default=False),
    shipped_rule("gs710_rollout_outruns_drain.py", "GS710", "rollout-outruns-drain", Severity.INFO, "0.1", subject="Shutdown", default=False, about=Feature.SERVED, joins=True, unfixed="whether old and new pods may run side by side is not in the manifest; use a rolling update that keeps some of them, if they may"),
    shipped_rule("gs711_hooks_skipped_on_restart.py", "GS711", "hooks-skipped-on-restart", Severity.INFO, "0.1", subject="Shutdown", about=Feature.HOOK, unfixed="the program has to do itself what its hook does, before the exit that restarts it"),
    shipped_rule("gs900_syntax_error.py", "GS900", "syntax-error", Severity.ERROR, "0.1", unfixed="what the text was meant to say is not certain; correct it by hand"),
    shipped_rule("gs901_unused_ignore.py", "GS901", "unused-ignore", Severity.WARNING, "0.1", fix="safe", unfixed="comments and annotations in the files of overlays and charts are not edited; delete it by hand"),
    shipped_rule("gs902_unknown_ignore.py", "GS902", "unknown-ignore", Severity.WARNING, "0.1", unfixed="what it was meant to hide is not certain; name a rule in the form `ignore[CODE]`, or delete it"),
)
