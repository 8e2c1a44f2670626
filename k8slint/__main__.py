"""The program `k8slint`, and `python -m k8slint`."""

import gc


def main() -> None:
    # Trees hold no cycles, and collecting costs a third of the parse; 3 ms to import typer alone.
    gc.disable()
    from k8slint import cli

    try:
        cli.main()
    finally:
        gc.freeze()  # Python looks through everything once more when it leaves: 0.2 s.


if __name__ == "__main__":
    main()
