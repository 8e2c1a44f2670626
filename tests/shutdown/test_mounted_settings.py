"""Settings files that ConfigMaps mount: whose they are, and what the rules make of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import k8slint, make

NGINX = "worker_shutdown_timeout 60s;\nevents {}\n"
GUNICORN = "graceful_timeout = 60\n"
SPRING = "spring.lifecycle.timeout-per-shutdown-phase=60s\n"
HAPROXY = "global\n  hard-stop-after 60s\n"
SPRING_AT = {
    "workingDir": "/app",
    "command": ["java", "-jar", "a.jar"],
    "volumeMounts": [{"name": "conf", "mountPath": "/app/config"}],
}
FPM = "[global]\nprocess_control_timeout = 60s\n"


def at(path: str, **more: Any) -> dict[str, Any]:
    return {"volumeMounts": [{"name": "conf", "mountPath": path}], **more}


# The image, the rest of the container, the file in the ConfigMap, and what the rules say of it.
CASES: dict[str, tuple[str, dict[str, Any], dict[str, str], list[str]]] = {
    "nginx": ("nginx:1.27", at("/etc/nginx"), {"nginx.conf": NGINX}, ["GS108"]),
    "nginx, another file": (
        "nginx:1.27",
        at("/conf", command=["nginx", "-c", "/conf/my.conf"]),
        {"my.conf": NGINX},
        ["GS108"],
    ),
    "nginx, no file that it reads": ("nginx:1.27", at("/conf"), {"nginx.conf": NGINX}, []),
    "nginx, stopped with SIGTERM": ("nginx:1.14", at("/etc/nginx"), {"nginx.conf": NGINX}, []),
    "nginx, told another signal": (
        "nginx:1.27",
        at("/etc/nginx", lifecycle={"stopSignal": "SIGTERM"}),
        {"nginx.conf": NGINX},
        [],
    ),
    "nginx, in an image that nobody knows": (
        "example.com/web:1",
        at("/etc/nginx", command=["nginx"]),
        {"nginx.conf": NGINX},
        [],
    ),
    "another program": ("redis:7", at("/etc/nginx"), {"nginx.conf": NGINX}, []),
    "HAProxy": ("haproxy:3.0", at("/usr/local/etc/haproxy"), {"haproxy.cfg": HAPROXY}, ["GS108"]),
    "HAProxy, several files": (
        "haproxy:3.0",
        at("/conf", args=["haproxy", "-f", "/conf/a.cfg", "-f", "/conf/b.cfg"]),
        {"a.cfg": HAPROXY, "b.cfg": HAPROXY},
        [],
    ),
    "PHP-FPM": ("php:8.3-fpm", at("/usr/local/etc"), {"php-fpm.conf": FPM}, ["GS108"]),
    "PHP-FPM, a file beside it": (
        "php:8.3-fpm",
        {
            "volumeMounts": [
                {
                    "name": "conf",
                    "mountPath": "/usr/local/etc/php-fpm.d/zz.conf",
                    "subPath": "fpm.conf",
                }
            ]
        },
        {"fpm.conf": FPM},
        ["GS108"],
    ),
    "PHP-FPM, two files beside it": (
        "php:8.3-fpm",
        {
            "volumeMounts": [
                {
                    "name": "conf",
                    "mountPath": f"/usr/local/etc/php-fpm.d/{name}",
                    "subPath": name,
                }
                for name in ("aa.conf", "zz.conf")
            ]
        },
        {"aa.conf": FPM, "zz.conf": FPM.replace("60", "5")},
        [],
    ),
    "gunicorn": (
        "x",
        at("/conf", command=["gunicorn", "--config=/conf/g.py", "app"]),
        {"g.py": GUNICORN},
        ["GS108"],
    ),
    "gunicorn, in the working folder": (
        "x",
        at("/app", workingDir="/app", command=["gunicorn", "app"]),
        {"gunicorn.conf.py": GUNICORN},
        ["GS108"],
    ),
    "gunicorn, in the working folder of the image": (
        "x",
        at("/app", command=["gunicorn", "app"]),
        {"gunicorn.conf.py": GUNICORN},
        [],
    ),
    "gunicorn, whose flag counts more": (
        "x",
        at("/conf", command=["gunicorn", "-c", "/conf/g.py", "--graceful-timeout=5", "app"]),
        {"g.py": GUNICORN},
        [],
    ),
    "gunicorn, whose variable counts more": (
        "x",
        at(
            "/conf",
            command=["gunicorn", "-c", "/conf/g.py", "app"],
            env=[{"name": "GUNICORN_CMD_ARGS", "value": "--graceful-timeout=5"}],
        ),
        {"g.py": GUNICORN},
        [],
    ),
    "gunicorn, started by a script that is mounted, too": (
        "x",
        at("/conf", command=["sh", "/conf/run.sh"]),
        {"g.py": GUNICORN, "run.sh": "exec gunicorn -c /conf/g.py app\n"},
        ["GS108"],
    ),
    "sidekiq": (
        "x",
        at("/conf", command=["sidekiq", "-C", "/conf/sidekiq.yml"]),
        {"sidekiq.yml": ":timeout: 60\n"},
        ["GS108"],
    ),
    "Spring, by a variable": (
        "x",
        at(
            "/conf",
            env=[{"name": "SPRING_CONFIG_ADDITIONAL_LOCATION", "value": "optional:file:/conf/"}],
        ),
        {"application.properties": SPRING},
        ["GS108"],
    ),
    "Spring, by an option": (
        "x",
        at(
            "/conf", command=["java", "-Dspring.config.location=file:/conf/application.properties"]
        ),
        {"application.properties": SPRING},
        ["GS108"],
    ),
    "Spring, in the working folder": (
        "x",
        at("/app/config", workingDir="/app", command=["java", "-jar", "app.jar"]),
        {"application.properties": SPRING},
        ["GS108"],
    ),
    "Spring, in two files": (
        "x",
        at("/app/config", workingDir="/app", command=["java", "-jar", "app.jar"]),
        {
            "application.properties": SPRING,
            "application.yaml": "spring: {lifecycle: {timeout-per-shutdown-phase: 5s}}\n",
        },
        [],
    ),
    "Spring, with a profile whose file sets it again": (
        "x",
        SPRING_AT | {"env": [{"name": "SPRING_PROFILES_ACTIVE", "value": "eu, prod"}]},
        {
            "application.properties": SPRING,
            "application-prod.properties": SPRING.replace("60", "5"),
        },
        [],
    ),
    "Spring, with a profile of an option": (
        "x",
        SPRING_AT
        | {
            "command": ["java", "-jar", "a.jar"],
            "env": [{"name": "JAVA_TOOL_OPTIONS", "value": "-Dspring.profiles.active=prod"}],
        },
        {
            "application.properties": SPRING,
            "application-prod.properties": SPRING.replace("60", "5"),
        },
        [],
    ),
    "Spring, with a profile that nobody knows": (
        "x",
        SPRING_AT
        | {
            "env": [
                {
                    "name": "SPRING_PROFILES_ACTIVE",
                    "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}},
                }
            ]
        },
        {"application.properties": SPRING},
        [],
    ),
    "Spring, with a profile whose file sets something else": (
        "x",
        SPRING_AT | {"env": [{"name": "SPRING_PROFILES_ACTIVE", "value": "prod"}]},
        {"application.properties": SPRING, "application-prod.properties": "a=b\n"},
        ["GS108"],
    ),
    "Spring, with files of another name": (
        "x",
        SPRING_AT | {"env": [{"name": "SPRING_CONFIG_NAME", "value": "shop"}]},
        {"application.properties": SPRING},
        [],
    ),
    "a Java program that may be none of Spring's": (
        "x",
        at("/conf", command=["java", "-jar", "app.jar"]),
        {"application.properties": SPRING},
        [],
    ),
}


def found(folder: Path, image: str, container: dict[str, Any], data: dict[str, str]) -> Any:
    one = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}, "data": data}
    spec = {
        "containers": [{"name": "app", "image": image, **container}],
        "volumes": [{"name": "conf", "configMap": {"name": "conf"}}],
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}
    make(folder, {"conf.json": json.dumps(one, indent=1), "pod.json": json.dumps(pod, indent=1)})
    return k8slint(folder, "check", "--output-format", "json", "--select", "GS108").data[
        "findings"
    ]


@pytest.mark.parametrize("name", CASES)
def test_a_settings_file_limits_the_drain(name: str, tmp_path: Path) -> None:
    image, container, data, codes = CASES[name]
    findings = found(tmp_path, image, container, data)
    assert [one["code"] for one in findings] == codes
    for one in findings:
        assert "of ConfigMap conf) 60 + margin 5 = 65 s" in one["message"]
        assert [place["path"] for place in one["related"]][-1] == "conf.json"


def test_a_file_without_the_setting_leaves_the_default(tmp_path: Path) -> None:
    command = ["gunicorn", "-c", "/conf/g.py", "app"]
    for text, expected in (
        ("bind = ':80'\n", "up to 30 s: gunicorn default (documented)"),
        ("from a import *\n", "unknown: the value of gunicorn graceful_timeout"),
    ):
        found(tmp_path, "x", at("/conf", command=command), {"g.py": f"# gunicorn\n{text}"})
        assert f"drain         {expected}" in k8slint(tmp_path, "facts", ".").text


def test_facts_name_what_is_written_and_what_is_missing(tmp_path: Path) -> None:
    found(tmp_path, "nginx:1.27", at("/etc/nginx"), {"nginx.conf": NGINX})
    told = k8slint(tmp_path, "facts", ".").text
    setting = "nginx worker_shutdown_timeout (nginx.conf of ConfigMap conf)"
    assert f"drain         up to 60 s: {setting} (written)\n" in told
    told = k8slint(tmp_path, "facts", "pod.json").text
    missing = "what is mounted at `/etc/nginx/nginx.conf`: the ConfigMap conf is not in this run"
    assert missing in told


def test_the_documented_signal_of_an_image_warns_of_nothing_alone(tmp_path: Path) -> None:
    """A written number carries the finding; the documented signal only lets it count."""
    for text, codes in ((NGINX, {"GS108"}), ("events {}\n", set()), ("include x;\n", set())):
        found(tmp_path, "nginx:1.27", at("/etc/nginx"), {"nginx.conf": text})
        told = k8slint(tmp_path, "check", "--output-format", "json", "--isolated")
        codes_found = {one["code"] for one in told.data["findings"]}
        assert {code for code in codes_found if code.startswith("GS10")} == codes
