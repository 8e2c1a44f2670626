"""Stands in for kubectl where that is not installed: `get --raw` and the context's namespace."""

import json
import os
import sys
import urllib.error
import urllib.request

_, *words = sys.argv
options = dict(word[2:].partition("=")[::2] for word in words if word.startswith("--"))
plain = [word for word in words if not word.startswith("--")]
with open(os.environ["KUBECONFIG"], encoding="utf-8") as file:  # noqa: PTH123
    config = json.load(file)
name = options.get("context", config["current-context"])
contexts = {one["name"]: one["context"] for one in config["contexts"]}
if name not in contexts:
    sys.exit(f'error: context "{name}" does not exist')
if plain[:2] == ["config", "view"]:
    print(contexts[name]["namespace"], end="")
    sys.exit()
assert plain[0] == "get", plain
assert "raw" in options, options
url = config["clusters"][0]["cluster"]["server"] + plain[1]
try:
    with urllib.request.urlopen(url) as answer:
        while part := answer.read1():
            sys.stdout.buffer.write(part)
            sys.stdout.flush()
except urllib.error.HTTPError as error:
    said = json.load(error)
    sys.exit(f"Error from server ({said['reason']}): {said['message']}")
except OSError as error:
    sys.exit(f"error: {error}")
