"""The JSON Schema of rows that users add: programs, drains and pod templates."""

from __future__ import annotations

from k8slint.shutdown.durations import Unit
from k8slint.type_names import Any

# Of what each file or workload is compared with: a pull request may have written them all.
MOST = 500
# More seconds than there are in a year, and as much as fits in 32 bits.
MOST_SECONDS = 2_000_000_000
# Longer than any name of an object or an image.
_LONGEST = 300

# Where one of our own rows comes from; users may say it too.
_ORIGIN = {
    "source": {"type": "string", "description": "Where this is written: a version and a file."},
    "date": {
        "type": "string",
        "pattern": r"^\d{4}-\d{2}-\d{2}$",
        "description": "The day on which the source was last compared, such as 2026-11-29.",
    },
}

# One text, or several.
_TEXTS = {
    "type": ["string", "array"],
    "pattern": r"\S",
    "minItems": 1,
    "maxItems": MOST,
    "items": {"type": "string", "pattern": r"\S"},
}

# A number of seconds, or an object that says more about it.
_SPAN = {
    "type": ["number", "object"],
    "minimum": 0,
    "maximum": MOST_SECONDS,
    "additionalProperties": False,
    "properties": {
        "seconds": {"type": "number", "minimum": 0, "maximum": MOST_SECONDS},
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
_SETTINGS = {"type": "array", "items": {"$ref": "#/$defs/setting"}, "maxItems": MOST}

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
            "description": (
                "An environment variable that only this program gets: NAME=value, NAME=* for any "
                "value, or NAME if it is one of its settings."
            ),
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
        "by-signal": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Z][A-Z0-9+-]*$"},
            "additionalProperties": _TIME,
            "maxProperties": MOST,
            "description": (
                "Seconds if nothing is set, by the stop signal without SIG, where they differ "
                "from the default: `QUIT: 10`."
            ),
        },
        "needs-setting": {
            "type": "boolean",
            "default": False,
            "description": "Whether it is recognized only if one of its settings is written.",
        },
        "only-if": {
            "type": "string",
            "pattern": r"^[^=\s]+=.+$",
            "description": "NAME=value: its command and image apply only beside this variable.",
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
        "refuses-new": {
            "type": "boolean",
            "default": False,
            "description": "Whether it takes no new connections after the stop signal.",
        },
        **_ORIGIN,
    },
}

_POD_TEMPLATE: dict[str, Any] = {
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
            "maxItems": MOST,
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

_PART = r"[^/\s:@]+"

_DRAIN: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["seconds"],
    "anyOf": [{"required": [one]} for one in ("workload", "image")],
    "properties": {
        "workload": {
            "type": "string",
            "maxLength": _LONGEST,
            "pattern": rf"^{_PART}(/{_PART}){{0,2}}$",
            "description": (
                "The workload: name, Kind/name or Kind/namespace/name; * stands for part of one."
            ),
        },
        "image": {
            "type": "string",
            "maxLength": _LONGEST,
            "pattern": rf"^{_PART}(/{_PART})*$",
            "description": "The image, as the end of its path without a tag; * as above.",
        },
        "container": {
            "type": "string",
            "maxLength": _LONGEST,
            "pattern": r"^\S+$",
            "description": "The container; each main one but known proxies if left out.",
        },
        "seconds": {
            "type": "number",
            "minimum": 0,
            "maximum": MOST_SECONDS,
            "description": "The longest that it drains after the stop signal.",
        },
    },
}

_IMAGE: dict[str, Any] = {
    "type": "object",
    "required": ["config"],
    "additionalProperties": False,
    "properties": {
        "config": {
            "type": "string",
            "minLength": 1,
            "maxLength": _LONGEST,
            "description": "A file, an OCI layout, or a folder of both.",
        },
        "image": {
            "type": "string",
            "maxLength": _LONGEST,
            "description": (
                "The image that a file is about, such as shop/web:1.4, or the repository of the "
                "images of an OCI layout. Without it, a config that does not name its image is "
                "the one its path says: web:1.4.json, in the folder shop/, is shop/web:1.4."
            ),
        },
    },
}

_DOCKERFILE: dict[str, Any] = {
    "type": "object",
    "required": ["image", "dockerfile"],
    "additionalProperties": False,
    "properties": {
        "image": {
            "type": "string",
            "minLength": 1,
            "maxLength": _LONGEST,
            "description": "The image, as the end of its path: shop/web. Its tag does not count.",
        },
        "dockerfile": {
            "type": "string",
            "minLength": 1,
            "maxLength": _LONGEST,
            "description": "The Dockerfile that builds it.",
        },
        "target": {
            "type": "string",
            "minLength": 1,
            "maxLength": _LONGEST,
            "description": "The stage that is built; the last one if left out.",
        },
    },
}

# The definitions that a schema with such rows needs, by name.
ROWS: dict[str, Any] = {
    "texts": _TEXTS,
    "span": _SPAN,
    "setting": _SETTING,
    "program": _PROGRAM,
    "pod-template": _POD_TEMPLATE,
    "drain": _DRAIN,
    "image": _IMAGE,
    "dockerfile": _DOCKERFILE,
}
