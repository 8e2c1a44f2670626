// Elements are made here, and what others wrote becomes text or passes a list of what is allowed.

export const byId = (id) => document.getElementById(id);

/** An element with properties and children; strings become text. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("aria-") || key === "role" || key === "tabindex") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
const HTML = "http://www.w3.org/1999/xhtml";
const DRAWN = {
  elements: new Set("svg title desc defs g rect path line text pattern linearGradient stop".split(" ")),
  attributes: new Set(
    ("id class x y x1 y1 x2 y2 rx d width height viewBox offset role aria-labelledby text-anchor stroke-width " +
      "stop-opacity patternUnits patternTransform").split(" "),
  ),
};
const WRITTEN = {
  elements: new Set(
    "h1 h2 h3 h4 p ul ol li pre code em strong a table thead tbody tr th td figure figcaption blockquote br hr".split(" "),
  ),
  attributes: new Set(["class", "href", "title", "start"]),
};

/** The drawing of an SVG text; whatever is not on the list stays behind. */
export function drawing(text) {
  // The page has the drawing's style; another would be refused by its policy, with a complaint.
  const parsed = new DOMParser().parseFromString(text.replace(/<style>[^<]*<\/style>/, ""), "image/svg+xml");
  const root = parsed.documentElement;
  if (root.namespaceURI !== SVG || root.localName !== "svg") throw new Error("the timeline is not a drawing");
  return copied(root, DRAWN, SVG);
}

/** The content of a page of ours, which was written as Markdown. */
export function written(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const all = document.createDocumentFragment();
  for (const child of parsed.body.childNodes) all.append(copied(child, WRITTEN, HTML));
  return all;
}

function copied(node, allowed, space) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  if (node.nodeType !== Node.ELEMENT_NODE || node.namespaceURI !== space || !allowed.elements.has(node.localName)) {
    return document.createDocumentFragment();
  }
  const element = document.createElementNS(space, node.localName);
  for (const { name, value } of node.attributes) {
    if (!allowed.attributes.has(name)) continue;
    if (name === "href" && !/^(?:https:\/\/|#|\.\.?\/)/.test(value)) continue;
    element.setAttribute(name, value);
  }
  for (const child of node.childNodes) element.append(copied(child, allowed, space));
  return element;
}
