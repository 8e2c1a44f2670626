"""Rendering a chart or an overlay when a user asks for it: by its own tool, without a network."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from itertools import count
from typing import Any

from lsprotocol import types

from k8slint.coverage import PortionKind
from k8slint.errors import UsageError
from k8slint.kubernetes.kustomization import NAMES
from k8slint.lint.rendered.recipes import Rendering
from k8slint.lint.reports import FileReport
from k8slint.lint.run import run_batch
from k8slint.lint.task import RunOptions
from k8slint.outside.programs import Crew
from k8slint.render.charts.helm import CHART
from k8slint.server.editor import LOG, Editor
from k8slint.workspace import Workspace, folders_named

_NUMBERS = count(1)


async def render_chart(editor: Editor, path: str) -> dict[str, Any]:
    """Render what a file belongs to, as it is saved, and show what is found until it changes.

    It ends early where its request or its progress bar is cancelled.
    """
    folder = rendered_folder(path, editor.folders.roots)
    if not folder:
        return _answer(problems=["no Chart.yaml and no kustomization above this file"])
    crew = Crew()
    bar = await _begin(editor, folder)
    stopped = bar and editor.work_done_progress.tokens.get(bar)
    if stopped:
        stopped.add_done_callback(lambda _: crew.end())
    try:
        reports = await asyncio.to_thread(_render, editor, folder, crew)
        if stopped and stopped.done():
            return _answer(folder, problems=["cancelled"])
    except asyncio.CancelledError:
        LOG.info("rendering %s was cancelled", folder)
        raise
    except UsageError as error:
        return _answer(folder, problems=[str(error)])
    finally:
        crew.end()
        if bar:
            editor.work_done_progress.end(bar, types.WorkDoneProgressEnd())
    editor.show_rendered(folder, reports)
    found = sum(len(one.diagnoses) for one in reports.values())
    problems = [one.error for one in reports.values() if one.error]
    problems += [
        portion.detail
        for one in reports.values()
        for portion in one.coverage
        if one.skipped and portion.kind in (PortionKind.CHART, PortionKind.OVERLAY)
    ]
    return _answer(folder, files=len(reports), findings=found, problems=problems)


def rendered_folder(path: str, roots: list[str]) -> str:
    """Return the nearest folder with a chart or kustomization, within the editor's folders.

    The chart counts where a kustomization is in it. Empty for none.
    """
    found = [*_marked_above(path, roots)]
    charts = [one for one in found if os.path.isfile(os.path.join(one, CHART))]
    return next(iter(charts or found), "")


def _marked_above(path: str, roots: list[str]) -> Iterator[str]:
    folder = os.path.dirname(path)
    while any(f"{folder}{os.sep}".startswith(f"{root}{os.sep}") for root in roots):
        if any(os.path.isfile(os.path.join(folder, name)) for name in (CHART, *NAMES)):
            yield folder
        folder = os.path.dirname(folder)


def _render(editor: Editor, folder: str, crew: Crew) -> dict[str, FileReport]:
    """Run as `check --render` with the folder; in a thread, so with a workspace of its own."""
    folders = editor.folders
    overrides = folders.overrides._replace(named=folders_named((folder,)))
    workspace = Workspace(overrides, folders.config, root=folder)
    tasks, _ = workspace.find([folder])
    rendering = Rendering(everything=True, crew=crew)
    tasks, recipes = workspace.add_renderings(tasks, [folder], rendering)
    tasks, around, _ = workspace.collect_context([folder], (), tasks)
    every = run_batch(tasks, RunOptions(roots=(folder,)), 1, around, recipes)
    return {os.path.abspath(one.path): one for one in every}


async def _begin(editor: Editor, folder: str) -> str:
    """Show a progress bar that can cancel; empty where the editor has none."""
    window = editor.client_capabilities.window
    if not (window and window.work_done_progress):
        return ""
    token = f"k8slint/rendering/{next(_NUMBERS)}"
    await editor.work_done_progress.create_async(token)
    title = f"k8slint: rendering {os.path.basename(folder)}"
    editor.work_done_progress.begin(token, types.WorkDoneProgressBegin(title, cancellable=True))
    return token


def _answer(
    folder: str = "", *, files: int = 0, findings: int = 0, problems: list[str] | None = None
) -> dict[str, Any]:
    return {"folder": folder, "files": files, "findings": findings, "problems": problems or []}
