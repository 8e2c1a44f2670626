"""The JSON Schema of configurations, for validation, editors and the default values."""

from __future__ import annotations

import json
from pathlib import Path

from k8slint.config.rows import MOST, MOST_SECONDS, ROWS
from k8slint.lint.rulebook import Rulebook
from k8slint.shutdown.measured import LEAST_STOPS, MOST_DAYS
from k8slint.type_names import Any

SHIPPED = Path(__file__).parent.parent / "config.schema.json"

_STRINGS = {"type": "array", "items": {"type": "string"}, "maxItems": MOST, "default": []}


def schema(book: Rulebook) -> dict[str, Any]:
    """Return the schema, with the options of every rule."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://raw.githubusercontent.com/k8slint/k8slint/main/k8slint/config.schema.json",
        "title": "k8slint configuration",
        "type": ["object", "null"],  # An empty file holds nothing, which is null in YAML.
        "additionalProperties": False,
        "properties": _PROPERTIES
        | {
            "rules": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    name: {"$ref": f"#/$defs/{rule.code}"}
                    for rule in book.rules
                    for name in (rule.code, rule.name)
                },
                "default": {},
                "description": "Severity and options of single rules, by code or name.",
                "examples": [
                    {
                        "prestop-consumes-grace-period": {"margin": 10},
                        "zero-grace-period": {"severity": "error"},
                    }
                ],
            },
        },
        "$defs": {
            "severity": _SEVERITY,
        }
        | ROWS
        | {
            rule.code: {
                "type": "object",
                "additionalProperties": False,
                "description": rule.summary,
                "properties": {
                    "severity": {"$ref": "#/$defs/severity"},
                    **{name: _option(default) for name, default in rule.options.items()},
                },
            }
            for rule in book.rules
        },
    }


def as_text(book: Rulebook) -> str:
    """Return the schema as the text of a file."""
    return json.dumps(schema(book), indent=2) + "\n"


def _option(default: int | str) -> dict[str, Any]:
    """Return the schema of one option of a rule; its numbers are never negative."""
    if isinstance(default, bool):
        return {"type": "boolean", "default": default}
    if isinstance(default, int):
        return {"type": "integer", "minimum": 0, "maximum": MOST_SECONDS, "default": default}
    return {"type": "string", "default": default}


_PROPERTIES: dict[str, Any] = {
    "extends": {
        "type": "string",
        "minLength": 1,
        "description": (
            "Another configuration to start from, as a path relative to this file, in the same "
            "repository. A key written here replaces the whole key there, lists and mappings "
            "too; patterns are relative to the folder of this file."
        ),
        "examples": ["../.k8slint.yaml"],
    },
    "kubernetes-version": {
        "type": "string",
        "pattern": r"^v?\d{1,9}\.\d{1,9}(\.\d+)?$",
        "description": 'The cluster the manifests are for, such as "1.31".',
        "examples": ["1.34"],
    },
    "feature-gates": {
        **_STRINGS,
        "description": "Feature gates that are on there.",
        "examples": [["ContainerStopSignals"]],
    },
    "select": {
        **_STRINGS,
        "default": ["DEFAULT"],
        "description": "Rules that run: codes, names, prefixes (GS1), DEFAULT or ALL.",
        "examples": [["DEFAULT", "GS103"]],
    },
    "extend-select": {
        **_STRINGS,
        "description": "Rules that run in addition to select.",
        "examples": [["default-drain-exceeds-budget"]],
    },
    "ignore": {
        **_STRINGS,
        "description": (
            "Rules that do not run. The more specific of select and ignore wins; if both are "
            "equally specific, ignore does."
        ),
        "examples": [["prefer-native-sleep"]],
    },
    "per-file-ignores": {
        "type": "object",
        "propertyNames": {"pattern": "^[^!]"},
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
        "maxProperties": MOST,
        "default": {},
        "description": (
            "Rules to ignore in some files, whatever selects them: gitignore patterns, each with "
            "codes, names or prefixes."
        ),
        "examples": [{"dev/**": ["GS1", "zero-grace-period"]}],
    },
    "preview": {
        "type": "boolean",
        "default": False,
        "description": "Whether preview rules can be selected.",
        "examples": [True],
    },
    "exclude": {
        **_STRINGS,
        "description": "Files to skip, as gitignore patterns.",
        "examples": [["vendor/", "**/testdata/"]],
    },
    "context": {
        **_STRINGS,
        "description": (
            "Extra manifests used as context, not reported on, as paths relative to this file, in "
            "the same repository; --context names others."
        ),
        "examples": [["../platform/"]],
    },
    "fail-on": {
        "enum": ["error", "warning", "info"],
        "default": "warning",
        "description": "The lowest severity that leads to exit code 1.",
        "examples": ["error"],
    },
    "programs": {
        "type": "array",
        "items": {"$ref": "#/$defs/program"},
        "maxItems": MOST,
        "default": [],
        "description": "Your own programs, and the settings that say how long they drain.",
        "examples": [
            [
                {
                    "name": "shop server",
                    "command": "shopd",
                    "flag": "--drain",
                    "unit": "go",
                    "default": 20,
                }
            ]
        ],
    },
    "drains": {
        "type": "array",
        "items": {"$ref": "#/$defs/drain"},
        "maxItems": MOST,
        "default": [],
        "description": "How long your apps drain, by workload or image; the first row applies.",
        "examples": [
            [
                {"workload": "Deployment/shop/orders", "seconds": 25},
                {"image": "shop/worker-*", "seconds": 300},
            ]
        ],
    },
    "measured-drains": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "files": {
                **_STRINGS,
                "description": (
                    "Files that --write of `k8slint drill` and `k8slint observe` makes, as paths "
                    "relative to this file, in the same repository; --drains names others."
                ),
            },
            "least-stops": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_SECONDS,
                "default": LEAST_STOPS,
                "description": "How many stops have to be measured for a drain to count.",
            },
            "max-age": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_SECONDS,
                "default": MOST_DAYS,
                "description": "For how many days after the last of these stops it counts.",
            },
        },
        "default": {},
        "description": (
            "How long your containers really took to stop, for those whose image is still the "
            "same one."
        ),
        "examples": [{"files": ["drains.yaml"], "least-stops": 50, "max-age": 90}],
    },
    "pod-templates": {
        "type": "array",
        "items": {"$ref": "#/$defs/pod-template"},
        "maxItems": MOST,
        "default": [],
        "description": "Your own custom resources that hold pod specs.",
        "examples": [
            [{"kind": "Shop", "group": "shop.example.com", "paths": ["spec.template.spec"]}]
        ],
    },
    "images": {
        "type": "array",
        "items": {"$ref": "#/$defs/image"},
        "maxItems": MOST,
        "default": [],
        "description": (
            "Configs of images, which say what runs where the manifest does not: files that "
            "`skopeo inspect --config`, `crane config` or `docker inspect` has printed, OCI "
            "layouts, or folders of them, as paths relative to this file, in the same repository; "
            "--images names others."
        ),
        "examples": [
            [
                {"config": "image-configs/"},
                {"image": "registry.example.com/shop/web:1.4", "config": "web.json"},
            ]
        ],
    },
    "dockerfiles": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "images": {
                "type": "array",
                "items": {"$ref": "#/$defs/dockerfile"},
                "maxItems": MOST,
                "default": [],
                "description": "Which Dockerfile builds which image; the first row applies.",
            },
            "by-folder": {
                "type": "boolean",
                "default": True,
                "description": (
                    "Whether a Dockerfile is also found by the name of its folder, where exactly "
                    "one fits."
                ),
            },
        },
        "default": {},
        "description": (
            "The Dockerfiles that say what your images run, where Skaffold, Compose or a comment "
            "`# k8slint: image NAME` do not tell. Paths are relative to the folder of this file, "
            "in its repository."
        ),
        "examples": [
            {
                "images": [
                    {"image": "shop/web", "dockerfile": "services/web.docker", "target": "prod"}
                ],
                "by-folder": False,
            }
        ],
    },
    "charts": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": _STRINGS,
            "maxProperties": MOST,
        },
        "maxProperties": MOST,
        "default": {},
        "description": (
            "Helm charts that --render renders once for each environment: for the folder of a "
            "chart, its values files by the name of the environment; later files override "
            "earlier ones. Paths are relative to the folder of this file, in its repository."
        ),
        "examples": [
            {
                "charts/shop": {
                    "dev": ["environments/dev.yaml"],
                    "prod": ["environments/common.yaml", "environments/prod.yaml"],
                }
            }
        ],
    },
    "render-timeout": {
        "type": "integer",
        "minimum": 1,
        "maximum": 600,
        "default": 60,
        "description": "Seconds after which helm or kustomize is stopped, for each rendering.",
        "examples": [120],
    },
}

SEVERITIES = ("error", "warning", "info", "off")
_SEVERITY = {
    "enum": [*SEVERITIES],
    "description": (
        "The severity of the rule's findings instead of its default. A finding that the rule "
        "itself reports at a lower severity stays lower. off: the rule does not run, as with "
        "ignore."
    ),
}
