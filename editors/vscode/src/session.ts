import { mkdir } from "node:fs/promises";
import * as path from "node:path";

import * as vscode from "vscode";
import { ExecuteCommandRequest, LanguageClient, State } from "vscode-languageclient/node";

import { install, installedIn, onPath } from "./program";

const LANGUAGES = ["yaml", "helm", "json", "dockerfile"];
const RUNNING = "k8slint.running";

interface Rendered {
  problems: string[];
}

/** The language server: found or installed, started, stopped and asked. */
export class Session implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("k8slint", { log: true });
  private client: LanguageClient | undefined;
  private readonly events: vscode.Disposable[];
  // Starts and stops, each after the one before: a server that is starting cannot be stopped.
  private doing: Promise<void> = Promise.resolve();

  constructor(private readonly storage: string) {
    this.events = [
      vscode.workspace.onDidChangeConfiguration(async (event) => {
        if (event.affectsConfiguration("k8slint.path")) await this.restart();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.restart()),
    ];
  }

  start(): Promise<void> {
    return this.inTurn(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.doing = this.doing.then(step).catch((error: unknown) => this.log.error(reason(error)));
    return this.doing;
  }

  private async startNow(): Promise<void> {
    const program = await this.find();
    if (program === undefined) {
      void this.offerToInstall();
      return;
    }
    if (!path.isAbsolute(program)) {
      void this.complain(`k8slint.path is not an absolute path: ${program}`);
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
      void this.complain(`The server ${program} did not start: ${reason(error)}`);
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.log.error(`The server did not stop: ${reason(error)}`);
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.events).dispose();
    void this.stop().then(() => this.log.dispose());
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
    const uri = editor.document.uri.toString();
    try {
      const rendered = await this.ask<Rendered>("k8slint.renderChart", { uri });
      if (rendered?.problems.length) await this.complain(`Not rendered: ${rendered.problems.join("; ")}`);
    } catch (error) {
      await this.complain(`Not rendered: ${reason(error)}`);
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
        await install(this.storage, strangeFolders(), abort.signal);
      });
    } catch (error) {
      if (!abort.signal.aborted) await this.complain(`Not installed: ${reason(error)}`);
      return;
    }
    await this.restart();
  }

  private async find(): Promise<string | undefined> {
    const chosen = vscode.workspace.getConfiguration("k8slint").get<string>("path");
    return chosen || (await onPath("k8slint", strangeFolders())) || (await installedIn(this.storage));
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
    // What looks like a link in a message is one, and can run commands: a stranger may have put it there.
    const shown = message.replaceAll("](", "] (");
    const answer = await vscode.window.showErrorMessage(shown, "Show Log");
    if (answer !== undefined) this.log.show();
  }
}

/** The open folders, as long as the user does not trust them. */
function strangeFolders(): string[] {
  if (vscode.workspace.isTrusted) return [];
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
