import * as vscode from "vscode";

import { Session } from "./session";
import { RulePages } from "./rules";
import { type At, TimelinePanel } from "./timeline";

let session: Session | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const running = new Session(context.globalStorageUri.fsPath);
  session = running;
  const timeline = new TimelinePanel(running);
  const pages = new RulePages(running);
  context.subscriptions.push(
    running,
    timeline,
    vscode.workspace.registerTextDocumentContentProvider(RulePages.scheme, pages),
    vscode.commands.registerCommand("k8slint.showTimeline", (uri?: string, at?: At) =>
      timeline.show(uri, at),
    ),
    vscode.commands.registerCommand("k8slint.explainRule", (code?: string) => pages.show(code)),
    vscode.commands.registerCommand("k8slint.renderThisChart", () => running.renderChart()),
    vscode.commands.registerCommand("k8slint.installServer", () => running.install()),
    vscode.commands.registerCommand("k8slint.restartServer", () => running.restart()),
    vscode.commands.registerCommand("k8slint.showLog", () => running.log.show()),
  );
  await running.start();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}
