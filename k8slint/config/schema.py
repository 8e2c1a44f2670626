"""The JSON Schema of a configuration, which checks it, helps editors, and tells the defaults."""

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
    """The schema, with the options of every rule."""
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
    """The schema as a file."""
    return json.dumps(schema(book), indent=2) + "\n"


def _option(default: int | str) -> dict[str, Any]:
    """The schema of one option of a rule; numbers are counts of something."""
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
            "Another configuration, as a path from this one, to start from. A key written here "
            "replaces the whole key there, lists and mappings too; patterns count from the folder "
            "of the file that extends. It is in the same repository."
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
        "description": "Rules that run on top of select.",
        "examples": [["default-drain-exceeds-budget"]],
    },
    "ignore": {
        **_STRINGS,
        "description": (
            "Rules that do not run. The more exact of select and ignore wins, of equally exact "
            "ones ignore."
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
            "Rules that say nothing about some files, whatever selects them: gitignore patterns, "
            "each with codes, names or prefixes."
        ),
        "examples": [{"dev/**": ["GS1", "zero-grace-period"]}],
    },
    "preview": {
        "type": "boolean",
        "default": False,
        "description": "Whether rules in preview can be selected.",
        "examples": [True],
    },
    "exclude": {
        **_STRINGS,
        "description": "Files left out, as gitignore patterns.",
        "examples": [["vendor/", "**/testdata/"]],
    },
    "context": {
        **_STRINGS,
        "description": (
            "Manifests read for facts, not reported on, as paths from the file that names them. "
            "They are in the same repository; --context names others."
        ),
        "examples": [["../platform/"]],
    },
    "fail-on": {
        "enum": ["error", "warning", "info"],
        "default": "warning",
        "description": "The mildest severity that makes exit code 1.",
        "examples": ["error"],
    },
    "programs": {
        "type": "array",
        "items": {"$ref": "#/$defs/program"},
        "maxItems": _MOST,
        "default": [],
        "description": "Programs of your own, and the setting of how long they drain.",
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
        "description": "Custom resources of your own that hold pod specs.",
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
            "chart, files of values by the name of the environment, the last one counting most. "
            "Paths count from the folder of this file and stay in its repository."
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

# Where a row of ours comes from; users may say it too.
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
        "The severity of the rule's findings, in place of its own. What the rule finds milder "
        "than usual stays so, and nothing is worse. off: the rule does not run, as with ignore."
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

# A number of seconds, or more that is known about it.
_SPAN = {
    "type": ["number", "object"],
    "minimum": 0,
    "maximum": _LARGEST,
    "additionalProperties": False,
    "properties": {
        "seconds": {"type": "number", "minimum": 0, "maximum": _LARGEST},
        "why": {"type": "string", "description": "The reason in words, for messages."},
        "unknown": {"type": "string", "description": "Why nobody can tell how long it takes."},
        "unbounded": {"type": "string", "description": "Why nothing but the kill limits it."},
    },
    "oneOf": [
        {"type": "number"},
        *({"type": "object", "required": [one]} for one in ("seconds", "unknown", "unbounded")),
    ],
}

_SOME = {"$ref": "#/$defs/texts"}
_TIME = {"$ref": "#/$defs/span"}

# What says how long a program drains, and what that is where nothing is set.
SETTING = {
    "flag": {**_SOME, "description": "The flag with its drain time."},
    "env": {**_SOME, "description": "The variable with its drain time."},
    "arguments-in": {
        **_SOME,
        "description": "A variable with further arguments, which can hold the flag.",
    },
    "json": {"type": "string", "description": "A variable with JSON, which holds `path`."},
    "path": {"type": "string", "description": "Where in the JSON: keys with dots between them."},
    "key": {"type": "string", "description": "Of a flag that takes `key=N`, the key."},
    "unit": {
        "enum": [str(unit) for unit in Unit],
        "default": "s",
        "description": "How the text of the setting is read.",
    },
    "default": {**_TIME, "description": "Seconds where nothing is set; unknown where left out."},
    "any-case": {
        "type": "boolean",
        "default": False,
        "description": "Whether flag and variable may be written in any case of letters.",
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
        "name": {"type": "string", "description": "What messages call it."},
        "command": {
            **_SOME,
            "description": "What starts it: `serve`, `manage run`; or several.",
        },
        "image": {
            **_SOME,
            "description": "The image that runs it, as the end of its path: `shop/server`.",
        },
        "variable": {
            **_SOME,
            "description": "A variable, or NAME=value, that only this program is given.",
        },
        **SETTING,
        "settings": {
            **_SETTINGS,
            "description": "Several settings whose times follow each other, instead of one.",
        },
        "besides": {**_TIME, "description": "Seconds that come on top of the settings."},
        "configured-by": {
            **_SOME,
            "description": "A flag, or the end of a file's name, with which a file may set them.",
        },
        "task-limits": {
            **_SETTINGS,
            "description": "Settings that limit one task, the strongest first.",
        },
        "needs-setting": {
            "type": "boolean",
            "default": False,
            "description": "Whether only a setting that is written proves it is this program.",
        },
        "is-worker": {
            "type": "boolean",
            "default": False,
            "description": "Whether it finishes its tasks before it stops.",
        },
        "is-sidecar": {
            "type": "boolean",
            "default": False,
            "description": "Whether it serves the app beside it.",
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
            "description": "The API group of the kind; any where left out.",
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
                "Where the pod specs are: keys with dots between them, [] for every item of a "
                "list, * for every key of a mapping (spec.groups[].template.spec)."
            ),
        },
        **_ORIGIN,
    },
}
