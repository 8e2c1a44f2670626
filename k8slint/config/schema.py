"""The JSON Schema of configurations, for validation, editors and the default values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from k8slint.lint.rulebook import Rulebook
from k8slint.shutdown.durations import Unit

SHIPPED = Path(__file__).parent.parent / "config.schema.json"

# Of what each file or workload is compared with: a pull request may have written them all.
_MOST = 500
# More seconds than there are in a year, and as much as fits in 32 bits.
_LARGEST = 2_000_000_000

_STRINGS = {"type": "array", "items": {"type": "string"}, "maxItems": _MOST, "default": []}


def schema(book: Rulebook) -> dict[str, Any]:
    """Return the schema, with the options of every rule."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://raw.githubusercontent.com/k8slint/k8slint/main/k8slint/config.schema.json",
        "title": "k8slint configuration",
        "type": "object",
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
            "texts": _TEXTS,
            "span": _SPAN,
            "setting": _SETTING,
            "program": _PROGRAM,
            "pod-template": _POD_TEMPLATE,
        }
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
        return {"type": "integer", "minimum": 0, "maximum": _LARGEST, "default": default}
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
        "maxProperties": _MOST,
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
        "maxItems": _MOST,
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
    "pod-templates": {
        "type": "array",
        "items": {"$ref": "#/$defs/pod-template"},
        "maxItems": _MOST,
        "default": [],
        "description": "Your own custom resources that hold pod specs.",
        "examples": [
            [{"kind": "Shop", "group": "shop.example.com", "paths": ["spec.template.spec"]}]
        ],
    },
    "charts": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": _STRINGS,
            "maxProperties": _MOST,
        },
        "maxProperties": _MOST,
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

# Where one of our own rows comes from; users may say it too.
_ORIGIN = {
    "source": {"type": "string", "description": "Where this is written: a version and a file."},
    "date": {
        "type": "string",
        "pattern": r"^\d{4}-\d{2}-\d{2}$",
        "description": "The day on which the source was last compared, such as 2026-11-29.",
    },
}

_SEVERITY = {
    "enum": ["error", "warning", "info", "off"],
    "description": (
        "The severity of the rule's findings instead of its default. A finding that the rule "
        "itself reports at a lower severity stays lower. off: the rule does not run, as with "
        "ignore."
    ),
}

# One text, or several.
_TEXTS = {
    "type": ["string", "array"],
    "pattern": r"\S",
    "minItems": 1,
    "maxItems": _MOST,
    "items": {"type": "string", "pattern": r"\S"},
}

# A number of seconds, or an object that says more about it.
_SPAN = {
    "type": ["number", "object"],
    "minimum": 0,
    "maximum": _LARGEST,
    "additionalProperties": False,
    "properties": {
        "seconds": {"type": "number", "minimum": 0, "maximum": _LARGEST},
        "why": {"type": "string", "description": "The reason in words, for messages."},
        "unknown": {"type": "string", "description": "Why its length is unknown."},
        "unbounded": {"type": "string", "description": "Why only SIGKILL ends it."},
    },
    "oneOf": [
        {"type": "number"},
        *({"type": "object", "required": [one]} for one in ("seconds", "unknown", "unbounded")),
    ],
}

_SOME = {"$ref": "#/$defs/texts"}
_TIME = {"$ref": "#/$defs/span"}

# What sets how long a program drains, and its default.
SETTING = {
    "flag": {**_SOME, "description": "The flag that sets the drain time."},
    "env": {**_SOME, "description": "The environment variable that sets the drain time."},
    "arguments-in": {
        **_SOME,
        "description": "An environment variable with more arguments, which may hold the flag.",
    },
    "json": {
        "type": "string",
        "description": "An environment variable with JSON, which holds `path`.",
    },
    "path": {"type": "string", "description": "Where in the JSON: keys separated by dots."},
    "key": {"type": "string", "description": "The key, for a flag that takes `key=N`."},
    "unit": {
        "enum": [str(unit) for unit in Unit],
        "default": "s",
        "description": "The unit of the setting's text.",
    },
    "default": {**_TIME, "description": "Seconds if nothing is set; unknown if left out."},
    "any-case": {
        "type": "boolean",
        "default": False,
        "description": "Whether the case of letters in flag and variable is ignored.",
    },
}
_SETTING = {"type": "object", "additionalProperties": False, "properties": SETTING}
_SETTINGS = {"type": "array", "items": {"$ref": "#/$defs/setting"}, "maxItems": _MOST}

_PROGRAM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "allOf": [
        {"anyOf": [{"required": [one]} for one in ("command", "image", "variable")]},
        {"anyOf": [{"required": [one]} for one in ("flag", "env", "default", "settings")]},
    ],
    "properties": {
        "name": {"type": "string", "description": "The name in messages."},
        "command": {
            **_SOME,
            "description": "The command that starts it: `serve`, `manage run`; or several.",
        },
        "image": {
            **_SOME,
            "description": "The image that runs it, as the end of its path: `shop/server`.",
        },
        "variable": {
            **_SOME,
            "description": "An environment variable, or NAME=value, that only this program gets.",
        },
        **SETTING,
        "settings": {
            **_SETTINGS,
            "description": "Several settings instead of one; their times add up.",
        },
        "besides": {**_TIME, "description": "Seconds added to the settings."},
        "configured-by": {
            **_SOME,
            "description": "A flag, or the end of a file name, for a file that may set them.",
        },
        "task-limits": {
            **_SETTINGS,
            "description": "Settings that limit one task; the first one set applies.",
        },
        "needs-setting": {
            "type": "boolean",
            "default": False,
            "description": "Whether it is recognized only if one of its settings is written.",
        },
        "is-worker": {
            "type": "boolean",
            "default": False,
            "description": "Whether it finishes its tasks before it stops.",
        },
        "is-sidecar": {
            "type": "boolean",
            "default": False,
            "description": "Whether it is a sidecar that serves the app beside it.",
        },
        **_ORIGIN,
    },
}

_POD_TEMPLATE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "paths"],
    "properties": {
        "kind": {
            "type": "string",
            "pattern": r"^[A-Za-z][A-Za-z0-9]*$",
            "description": "The kind of the objects.",
        },
        "group": {
            "type": "string",
            "pattern": r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$",
            "description": "The API group of the kind; any if left out.",
        },
        "paths": {
            "type": "array",
            "minItems": 1,
            "maxItems": _MOST,
            "items": {
                "type": "string",
                "pattern": r"^(\*|[\w-]+(\[\])?)(\.(\*|[\w-]+(\[\])?))*$",
            },
            "description": (
                "Where the pod specs are: keys separated by dots, [] for every item of a list, "
                "* for every key of a mapping (spec.groups[].template.spec)."
            ),
        },
        **_ORIGIN,
    },
}
