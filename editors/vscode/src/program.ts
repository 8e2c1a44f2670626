import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import * as path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const WINDOWS = process.platform === "win32";
const ENDINGS = WINDOWS ? [".exe"] : [""];
const OLDEST = "3.11";

/**
 * The first program of that name on PATH, as an absolute path.
 *
 * Relative entries of PATH are passed over, and those in the folders of strangers: whatever is
 * there is not the user's own.
 */
export async function onPath(name: string, strange: string[]): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    if (!path.isAbsolute(folder) || strange.some((one) => isIn(folder, one))) continue;
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
export async function install(
  storage: string,
  strange: string[],
  signal: AbortSignal,
): Promise<void> {
  const python = await findPython(strange);
  if (python === undefined) {
    throw new Error(`Python ${OLDEST} or newer is not on PATH: install it, or set k8slint.path`);
  }
  await mkdir(storage, { recursive: true });
  const options = { cwd: storage, signal };
  await run(python, ["-I", "-m", "venv", "--clear", environment(storage)], options);
  const pip = ["-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await run(inEnvironment(storage, "python"), [...pip, "k8slint[server]"], options);
}

async function findPython(strange: string[]): Promise<string | undefined> {
  const [major, minor] = OLDEST.split(".");
  const question = `import sys; sys.exit(sys.version_info < (${major}, ${minor}))`;
  for (const name of WINDOWS ? ["python", "py"] : ["python3", "python"]) {
    const program = await onPath(name, strange);
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
  const canRun = await access(file, constants.X_OK).then(() => true, () => false);
  return canRun && (await stat(file)).isFile();
}

function isIn(file: string, folder: string): boolean {
  const below = path.relative(folder, file);
  return below !== ".." && !below.startsWith(`..${path.sep}`) && !path.isAbsolute(below);
}
