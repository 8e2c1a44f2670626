// k8slint on Pyodide, for the page's worker and for tests in node.
import { Language, Parser } from "web-tree-sitter";

const FOLDER = "/manifests";
const WIDTH = 5; // Numbers of a node, as python/tree_sitter.py reads them.

/**
 * Load everything and return `answer`, which takes a request of python/page.py and returns what it
 * answers. `read` returns the bytes of a file beside this one, `report` is told what goes on.
 */
export async function startEngine({ loadPyodide, options = {}, read, report = () => {} }) {
  report("Loading Python");
  const [python, wheel, packages, parse] = await Promise.all([
    loadPyodide({ ...options, env: { HOME: FOLDER, PYTHONHASHSEED: "0" } }),
    read("k8slint.whl"),
    read("packages.zip"),
    loadGrammar(read),
  ]);
  report("Loading k8slint");
  python.registerJsModule("web_tree_sitter", { parse });
  for (const archive of [wheel, packages]) python.unpackArchive(archive, "zip", { extractDir: sitePackages(python) });
  python.FS.mkdirTree(FOLDER);
  python.FS.chdir(FOLDER);
  const answer = python.runPython(`import tree_sitter; from page import Page; Page("${FOLDER}").answer`);
  return { answer: (request) => JSON.parse(answer(JSON.stringify(request))), python };
}

function sitePackages(python) {
  return python.runPython("import site; site.getsitepackages()[0]");
}

async function loadGrammar(read) {
  const [runtime, bash] = await Promise.all([read("web-tree-sitter.wasm"), read("tree-sitter-bash.wasm")]);
  await Parser.init({ wasmBinary: runtime });
  const parser = new Parser();
  parser.setLanguage(await Language.load(bash));
  return (script) => {
    const tree = parser.parse(script);
    try {
      return JSON.stringify(flatten(tree));
    } finally {
      tree.delete();
    }
  };
}

/** A tree as python/tree_sitter.py reads it. */
function flatten(tree) {
  const names = new Map([["", 0]]);
  const nodes = [];
  const open = [];
  const cursor = tree.walk();
  const numberOf = (name) => {
    if (!names.has(name)) names.set(name, names.size);
    return names.get(name);
  };
  const enter = () => {
    open.push({ at: nodes.length + WIDTH - 1, isNamed: cursor.nodeIsNamed });
    nodes.push(numberOf(cursor.nodeType), numberOf(cursor.currentFieldName ?? ""), cursor.startIndex, cursor.endIndex, 0);
  };
  const leave = () => {
    const { at, isNamed } = open.pop();
    const next = nodes.length / WIDTH;
    nodes[at] = isNamed ? next : -1 - next;
  };
  enter();
  while (open.length) {
    if (cursor.gotoFirstChild()) {
      enter();
      continue;
    }
    leave();
    while (open.length && !cursor.gotoNextSibling()) {
      cursor.gotoParent();
      leave();
    }
    if (open.length) enter();
  }
  cursor.delete();
  return { names: [...names.keys()], nodes, hasError: tree.rootNode.hasError };
}
