"""PyYAML is whole for whoever asks for more of it than its C parser."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest

from tests.command import environment

CASES = {
    "only the parser": (
        """
        import sys
        from k8slint.manifest import tree
        print(len(tree._built("a: [1]")))
        try:
            tree._built("a: [1")
        except (tree.YAMLError, tree.YamlError):
            print("refused")
        print("yaml._yaml" in sys.modules, "yaml.resolver" in sys.modules)
        """,
        "1 refused True False",
    ),
    "an error of the C parser": (
        """
        from k8slint.manifest.tree import YAMLError, _compose
        caught = []
        for text in ("a: [", "a: }", "*b", "\\x01"):
            try:
                [*_compose(text)]
            except YAMLError as error:
                caught.append(error)
        import yaml
        print(*(type(error).__name__ for error in caught))
        print(isinstance(caught[0], yaml.parser.ParserError), caught[3].position)
        """,
        "ParserError ParserError ComposerError ReaderError True 0",
    ),
    "a rule that loads and dumps": (
        """
        from k8slint.manifest.tree import CParser
        import yaml
        print(yaml.safe_load("a: 1"), yaml.dump(2))
        print(yaml.__with_libyaml__, issubclass(yaml.CSafeLoader, CParser))
        try:
            yaml.load("a: [", yaml.CSafeLoader)
        except yaml.parser.ParserError as error:
            print(error.problem_mark.index)
        """,
        "{'a': 1} 2 ... True True 4",
    ),
    "a rule that imports names": (
        """
        from k8slint.manifest import tree
        from yaml import MappingNode, compose
        print(type(compose("a: 1")) is MappingNode is tree.MappingNode)
        """,
        "True",
    ),
    "what PyYAML does not have": (
        """
        from k8slint.manifest import tree
        import yaml
        print(hasattr(yaml, "nothing"), hasattr(yaml, "nothing"), yaml.safe_load("2"))
        """,
        "False False 2",
    ),
    "threads that ask at once": (
        """
        import sys
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier
        from k8slint.manifest import tree
        def load(which):
            barrier.wait()
            if which % 2:
                from yaml import YAMLError, safe_load
                return safe_load("1")
            import yaml
            return yaml.load("1", yaml.CSafeLoader)
        sys.setswitchinterval(1e-6)
        barrier = Barrier(8)
        with ThreadPoolExecutor(8) as pool:
            print(*pool.map(load, range(8)))
        """,
        "1 1 1 1 1 1 1 1",
    ),
    "PyYAML was imported before": (
        """
        import yaml
        from k8slint.manifest import tree
        print(hasattr(yaml, "__getattr__"), tree.CParser is yaml._yaml.CParser)
        """,
        "False True",
    ),
    "another PyYAML, whose C parser takes something else": (
        """
        import sys
        sys.modules["yaml.tokens"] = None
        from k8slint.manifest import tree
        import yaml
        print(yaml.__with_libyaml__, tree.CParser is yaml._yaml.CParser, yaml.safe_load("2"))
        """,
        "True True 2",
    ),
    "without libyaml": (
        """
        import sys
        from importlib.machinery import ExtensionFileLoader
        create = ExtensionFileLoader.create_module
        def create_module(self, spec):
            if spec.name == "yaml._yaml":
                raise ImportError
            return create(self, spec)
        ExtensionFileLoader.create_module = create_module
        from k8slint.manifest import tree
        import yaml
        print(tree.CParser, yaml.__with_libyaml__, yaml.safe_load("2"))
        print(len(tree._built("a: [1]")))
        try:
            tree._built("a: [1")
        except (tree.YAMLError, tree.YamlError):
            print("refused")
        """,
        "None False 2 1 refused",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_whole_when_it_is_asked_for_more(case: str) -> None:
    program, printed = CASES[case]
    done = run(f"import k8slint\nk8slint.is_program = True\n{dedent(program)}")
    assert (done.stderr, done.stdout.split()) == ("", printed.split())


def test_a_library_leaves_the_package_alone() -> None:
    done = run("from k8slint.manifest import tree\nimport yaml\nprint('safe_load' in vars(yaml))")
    assert (done.stderr, done.stdout) == ("", "True\n")


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
