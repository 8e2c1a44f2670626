import * as vscode from "vscode";

import type { Session } from "./session";

interface Page {
  markdown: string;
}

/** The pages of rules, as documents that the editor's own preview shows. */
export class RulePages implements vscode.TextDocumentContentProvider {
  static readonly scheme = "k8slint-rule";

  constructor(private readonly session: Session) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const code = uri.path.replace(/\.md$/, "");
    const page = await this.session.ask<Page>("k8slint.explain", { rule: code });
    return page?.markdown ?? `There is no page about ${code}.`;
  }

  async show(code?: string): Promise<void> {
    const chosen = code ?? (await this.choose());
    if (chosen === undefined) return;
    const uri = vscode.Uri.from({ scheme: RulePages.scheme, path: `${chosen}.md` });
    await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
  }

  /** The rules that report something here come first; any other can be typed. */
  private async choose(): Promise<string | undefined> {
    const here = codesIn(vscode.window.activeTextEditor);
    if (here.length === 1) return here[0];
    if (here.length > 1) return vscode.window.showQuickPick(here, { title: "Explain which rule?" });
    return vscode.window.showInputBox({ title: "Explain which rule?", placeHolder: "GS101" });
  }
}

function codesIn(editor: vscode.TextEditor | undefined): string[] {
  if (editor === undefined) return [];
  const line = editor.selection.active.line;
  const all = vscode.languages
    .getDiagnostics(editor.document.uri)
    .filter((found) => found.source === "k8slint");
  const near = all.filter(({ range }) => range.start.line <= line && line <= range.end.line);
  return [...new Set((near.length > 0 ? near : all).map(({ code }) => nameOf(code)))].sort();
}

function nameOf(code: vscode.Diagnostic["code"]): string {
  return String(typeof code === "object" ? code.value : code);
}
