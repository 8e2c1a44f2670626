import { mkdir } from "node:fs/promises";

import * as vscode from "vscode";
import { ExecuteCommandRequest, LanguageClient, State } from "vscode-languageclient/node";

import { install, installedIn, onPath } from "./program";

const LANGUAGES = ["yaml", "helm", "dockerfile"];
const RUNNING = "k8slint.running";

/** The language server: found or installed, started, stopped and asked. */
export class Session implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("k8slint", { log: true });
  private client: LanguageClient | undefined;
  private readonly settings: vscode.Disposable;

  constructor(private readonly storage: string) {
    this.settings = vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("k8slint.path")) await this.restart();
    });
  }

  async start(): Promise<void> {
    const program = await this.find();
    if (program === undefined) {
      await this.offerToInstall();
      return;
    }
    this.log.info(`Starting ${program} server`);
    // Never the folder that is open: a program may look for its parts where it is started.
    await mkdir(this.storage, { recursive: true });
    const client = new LanguageClient(
      "k8slint",
      "k8slint",
      { command: program, args: ["server"], options: { cwd: this.storage } },
      {
        documentSelector: LANGUAGES.flatMap((language) => [
          { language, scheme: "file" },
          { language, scheme: "untitled" },
        ]),
        outputChannel: this.log,
        synchronize: { configurationSection: "k8slint" },
        initializationOptions: {
          ...vscode.workspace.getConfiguration("k8slint"),
          timelineCommand: "k8slint.showTimeline",
        },
      },
    );
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      void vscode.commands.executeCommand("setContext", RUNNING, newState === State.Running);
    });
    try {
      await client.start();
    } catch (error) {
      this.client = undefined;
      await this.complain(`The server ${program} did not start: ${reason(error)}`);
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client?.state === State.Running) await client.stop();
    await client?.dispose();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  dispose(): void {
    this.settings.dispose();
    void this.stop();
    this.log.dispose();
  }

  /** What a command of the server returns; undefined where no server is running. */
  async ask<T>(command: string, ...args: unknown[]): Promise<T | undefined> {
    if (this.client?.state !== State.Running) return undefined;
    const answer: unknown = await this.client.sendRequest(ExecuteCommandRequest.type, {
      command,
      arguments: args,
    });
    return (answer ?? undefined) as T | undefined;
  }

  /** The position of the cursor as the server counts it. */
  at(editor: vscode.TextEditor): { uri: string; position: { line: number; character: number } } {
    const { line, character } = editor.selection.active;
    return { uri: editor.document.uri.toString(), position: { line, character } };
  }

  async renderChart(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || !vscode.workspace.isTrusted) return;
    try {
      await this.ask("k8slint.renderChart", { uri: editor.document.uri.toString() });
    } catch (error) {
      await this.complain(`The chart was not rendered: ${reason(error)}`);
    }
  }

  async install(): Promise<void> {
    const abort = new AbortController();
    const progress = {
      location: vscode.ProgressLocation.Notification,
      title: "Installing k8slint",
      cancellable: true,
    };
    try {
      await vscode.window.withProgress(progress, async (_, cancelled) => {
        cancelled.onCancellationRequested(() => abort.abort());
        await install(this.storage, abort.signal);
      });
    } catch (error) {
      if (!abort.signal.aborted) await this.complain(`Not installed: ${reason(error)}`);
      return;
    }
    await this.restart();
  }

  private async find(): Promise<string | undefined> {
    const chosen = vscode.workspace.getConfiguration("k8slint").get<string>("path");
    return chosen || (await onPath("k8slint")) || (await installedIn(this.storage));
  }

  private async offerToInstall(): Promise<void> {
    const answer = await vscode.window.showInformationMessage(
      "k8slint is not on PATH. Install it from the package index, for this extension only?",
      "Install",
      "Choose the Program",
    );
    if (answer === "Install") await this.install();
    if (answer === "Choose the Program") {
      await vscode.commands.executeCommand("workbench.action.openSettings", "k8slint.path");
    }
  }

  private async complain(message: string): Promise<void> {
    this.log.error(message);
    const answer = await vscode.window.showErrorMessage(message, "Show Log");
    if (answer !== undefined) this.log.show();
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
