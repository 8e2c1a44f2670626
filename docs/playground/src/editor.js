// The editor: CodeMirror in a shadow root, whose styles need no exception from the page's policy.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, nextDiagnostic, previousDiagnostic, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const LOOK = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--code-size)", color: "var(--text)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--quiet)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--edge)", borderRadius: "6px", maxWidth: "min(32rem, 90vw)", boxShadow: "var(--shadow)" },
  ".cm-diagnostic": { fontFamily: "var(--sans)", padding: "6px 10px", fontSize: "13px", lineHeight: "1.45" },
  ".cm-diagnosticAction": { font: "inherit", background: "var(--accent)", color: "var(--on-accent)", borderRadius: "4px", padding: "2px 8px", margin: "0 0 0 10px" },
  ".cm-diagnosticSource": { fontSize: "12px", opacity: "0.85" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--error) 1.2px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warning) 1.2px", textUnderlineOffset: "3px" },
  ".cm-lintRange-info": { backgroundImage: "none", textDecoration: "underline dotted var(--info) 1.5px", textUnderlineOffset: "3px" },
  ".cm-lint-marker": { width: "0.8em", height: "0.8em", borderRadius: "50%", content: "''", margin: "0.38em 0 0 1px" },
  ".cm-lint-marker-error": { background: "var(--error)", content: "''" },
  ".cm-lint-marker-warning": { background: "var(--warning)", content: "''", borderRadius: "2px" },
  ".cm-lint-marker-info": { background: "transparent", border: "2px solid var(--info)", content: "''", boxSizing: "border-box" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)" },
  ".cm-panel input, .cm-panel button": { font: "inherit" },
});

const COLORS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.meta, tags.typeName, tags.keyword, tags.labelName], color: "var(--code-meta)" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--quiet)" },
]);

export class Editor {
  /** `onChange` is called once the text has changed, `keys` are more key bindings. */
  constructor(host, { onChange, keys }) {
    const root = host.attachShadow({ mode: "open" });
    const parent = root.appendChild(document.createElement("div"));
    root.adoptedStyleSheets = [HEIGHT];
    parent.className = "whole";
    this.extensions = [
      lineNumbers(),
      lintGutter(),
      history(),
      drawSelection(),
      highlightSpecialChars(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      indentOnInput(),
      bracketMatching(),
      indentUnit.of("  "),
      EditorState.tabSize.of(2),
      yaml(),
      LOOK,
      syntaxHighlighting(COLORS),
      keymap.of([...keys, { key: "F8", run: nextDiagnostic }, { key: "Shift-F8", run: previousDiagnostic }]),
      keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
      EditorView.contentAttributes.of({ "aria-label": "Manifest", tabindex: "0" }),
      EditorView.updateListener.of((update) => update.docChanged && onChange()),
    ];
    this.view = new EditorView({ parent, root, state: this.stateOf("") });
  }

  stateOf(text) {
    return EditorState.create({ doc: text, extensions: this.extensions });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  get state() {
    return this.view.state;
  }

  set state(state) {
    this.view.setState(state);
  }

  /** Make a text of this one, as one change that can be undone, and leave the cursor where it is. */
  replace(text) {
    const old = this.text;
    let start = 0;
    while (start < old.length && start < text.length && old[start] === text[start]) start += 1;
    let end = 0;
    while (end < old.length - start && end < text.length - start && old.at(-1 - end) === text.at(-1 - end)) end += 1;
    const changes = { from: start, to: old.length - end, insert: text.slice(start, text.length - end) };
    this.view.dispatch({ changes, effects: EditorView.scrollIntoView(start, { y: "nearest" }), userEvent: "input.repair" });
  }

  /** Mark findings; each action is offered where its finding is pointed at. */
  mark(findings, actionOf) {
    const marks = findings.map((one) => ({
      ...this.stretch(one.at),
      severity: one.severity,
      source: one.code,
      message: one.message,
      actions: actionOf(one),
    }));
    this.view.dispatch(setDiagnostics(this.state, marks));
  }

  /** Put the cursor at a place, and show it. */
  goTo(place) {
    const { from } = this.stretch(place);
    this.view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    this.view.focus();
  }

  get line() {
    return this.state.doc.lineAt(this.state.selection.main.head).number;
  }

  stretch({ line, column, endLine, endColumn }) {
    const from = this.offset(line, column);
    return { from, to: Math.max(from, this.offset(endLine, endColumn)) };
  }

  offset(line, column) {
    const { doc } = this.state;
    if (line < 1 || line > doc.lines) return line < 1 ? 0 : doc.length;
    const found = doc.line(line);
    return Math.min(found.from + Math.max(column - 1, 0), found.to);
  }
}

const HEIGHT = new CSSStyleSheet();
HEIGHT.replaceSync(":host { display: block } .whole { height: 100% }");

