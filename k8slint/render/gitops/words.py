"""Words of templates, and what is put in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from k8slint.coverage import Reason
from k8slint.manifest.values import Value
from k8slint.render.gitops.checkout import PassedOver

# Far more than anybody passes to a template; aliases multiply what a mapping holds.
MOST_SCALARS = 5_000
DEEPEST = 20
# Different expressions in one template.
MOST_WORDS = 500
# Characters of an expression in a message.
_MOST_SAID = 60


def scalars_below(value: Value) -> Iterator[tuple[str, Value]]:
    """Yield the scalars of a mapping by the keys that lead to them, `a.b`.

    Raises PassedOver for more than anybody writes.
    """
    left = MOST_SCALARS
    waiting = [("", 0, value)]
    while waiting:
        above, depth, holder = waiting.pop()
        for name, one in holder.entries():
            left -= 1
            if left < 0 or depth > DEEPEST:
                raise PassedOver(Reason.TOO_LARGE, "a generator or an environment is too large")
            if one.is_mapping:
                waiting.append((f"{above}{name}.", depth + 1, one))
            elif one.text is not None:
                yield f"{above}{name}", one


def fill_words(text: str, words: Mapping[str, str]) -> str:
    """Return a text of a template with its words replaced. Raises PassedOver if one is left."""
    for word, new in words.items():
        text = text.replace(word, new)
    if "{{" in text:
        left = shorten(text[text.index("{{") :])
        raise PassedOver(Reason.GENERATED, f"what {left} stands for is not known")
    return text


def shorten(text: str) -> str:
    """Return what a message says of an expression, with which a text begins."""
    word = " ".join(text[:_MOST_SAID].partition("}}")[0].split())
    return f"{word} }}}}" if "}}" in text[:_MOST_SAID] else f"{word}..."
