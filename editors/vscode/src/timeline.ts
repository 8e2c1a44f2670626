import * as vscode from "vscode";

import type { Session } from "./session";

/** A position as the server sends it. */
export interface At {
  line: number;
  character: number;
}

interface Picture {
  title: string;
  svg: string;
}

// Long enough for a held arrow key, short enough to seem immediate.
const PAUSE_MS = 150;

/** A panel beside the editor with the timeline of the pod at the cursor. */
export class TimelinePanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private waiting: NodeJS.Timeout | undefined;
  private asked = 0;
  private readonly events: vscode.Disposable[];

  constructor(private readonly session: Session) {
    this.events = [
      vscode.window.onDidChangeTextEditorSelection(() => this.schedule()),
      vscode.window.onDidChangeActiveTextEditor(() => this.schedule()),
      vscode.window.onDidChangeActiveColorTheme(() => this.schedule()),
      vscode.workspace.onDidChangeTextDocument(() => this.schedule()),
    ];
  }

  /** Open the panel; with a place, that of a code lens, go there. */
  async show(uri?: string, at?: At): Promise<void> {
    if (uri !== undefined && at !== undefined) await goTo(vscode.Uri.parse(uri), at);
    if (this.panel === undefined) {
      this.panel = vscode.window.createWebviewPanel(
        "k8slint.timeline",
        "Timeline",
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { enableScripts: false, localResourceRoots: [] },
      );
      this.panel.webview.html = page(note("Place the cursor in a workload."));
      this.panel.onDidDispose(() => (this.panel = undefined));
    }
    await this.update();
  }

  dispose(): void {
    clearTimeout(this.waiting);
    vscode.Disposable.from(...this.events).dispose();
    this.panel?.dispose();
  }

  private schedule(): void {
    if (this.panel === undefined) return;
    clearTimeout(this.waiting);
    // Answers that fail, while the server restarts for example, are in its log.
    this.waiting = setTimeout(() => void this.update().catch(() => undefined), PAUSE_MS);
  }

  private async update(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    // The panel itself has the focus, or a log: what was drawn last stays.
    if (editor === undefined || editor.document.uri.scheme === "output") return;
    const mine = ++this.asked;
    const question = { ...this.session.at(editor), theme: theme() };
    const picture = await this.session.ask<Picture>("k8slint.timeline", question);
    if (this.panel === undefined || mine !== this.asked) return;
    this.panel.title = picture ? `Timeline: ${picture.title}` : "Timeline";
    this.panel.webview.html = page(picture?.svg ?? note("There is no workload at the cursor."));
  }
}

async function goTo(uri: vscode.Uri, { line, character }: At): Promise<void> {
  const column = vscode.window.activeTextEditor?.viewColumn;
  const shown = await vscode.window.showTextDocument(uri, column === undefined ? {} : { viewColumn: column });
  const place = new vscode.Position(line, character);
  shown.selection = new vscode.Selection(place, place);
}

function theme(): "light" | "dark" {
  const { kind } = vscode.window.activeColorTheme;
  const light = [vscode.ColorThemeKind.Light, vscode.ColorThemeKind.HighContrastLight];
  return light.includes(kind) ? "light" : "dark";
}

function note(text: string): string {
  return `<p>${text}</p>`;
}

/** A page that runs nothing and loads nothing: what it shows comes from the files of others. */
function page(body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { padding: 12px; }
svg { display: block; width: 100%; height: auto; max-width: 1100px; }
</style>
</head>
<body>${body}</body>
</html>`;
}
