import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import * as path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const WINDOWS = process.platform === "win32";
const ENDINGS = WINDOWS ? [".exe"] : [""];
const OLDEST = "3.11";

/**
 * The first program of that name on PATH, as an absolute path.
 *
 * Relative entries of PATH are passed over: they lead into whatever folder is open, which may be
 * a stranger's.
 */
export async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    if (!path.isAbsolute(folder)) continue;
    for (const ending of ENDINGS) {
      const program = path.join(folder, name + ending);
      if (await isProgram(program)) return program;
    }
  }
  return undefined;
}

/** The server that `install` has put into a folder, if it is there. */
export async function installedIn(storage: string): Promise<string | undefined> {
  const program = inEnvironment(storage, "k8slint");
  return (await isProgram(program)) ? program : undefined;
}

/**
 * Install the server from the package index into an environment of its own.
 *
 * Throws an error whose message says what to do.
 */
export async function install(storage: string, signal: AbortSignal): Promise<string> {
  const python = await findPython();
  if (python === undefined) {
    throw new Error(`Python ${OLDEST} or newer is not on PATH: install it, or set k8slint.path`);
  }
  await mkdir(storage, { recursive: true });
  const options = { cwd: storage, signal };
  await run(python, ["-I", "-m", "venv", "--clear", environment(storage)], options);
  const pip = ["-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await run(inEnvironment(storage, "python"), [...pip, "k8slint[server]"], options);
  return inEnvironment(storage, "k8slint");
}

async function findPython(): Promise<string | undefined> {
  const [major, minor] = OLDEST.split(".");
  const question = `import sys; sys.exit(sys.version_info < (${major}, ${minor}))`;
  for (const name of WINDOWS ? ["python", "py"] : ["python3", "python"]) {
    const program = await onPath(name);
    if (program === undefined) continue;
    const answers = await run(program, ["-I", "-c", question]).then(() => true, () => false);
    if (answers) return program;
  }
  return undefined;
}

function environment(storage: string): string {
  return path.join(storage, "server");
}

function inEnvironment(storage: string, name: string): string {
  const [folder, ending] = WINDOWS ? ["Scripts", ".exe"] : ["bin", ""];
  return path.join(environment(storage), folder, name + ending);
}

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(() => true, () => false);
}
