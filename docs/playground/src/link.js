// What stands behind the # of the address: `example=GS101/bad/1` names an example of a rule's page,
// `text=...` holds files and settings. Whoever sends a link chooses all of it.

const LONGEST_LINK = 200_000;
const LONGEST_TEXT = 1_000_000;
export const MOST_FILES = 20;
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,60}\.(?:ya?ml|json)$/;
const EXAMPLE = /^example=([A-Z]{2,8}\d{3})(?:\/(bad|fixed|good)(?:\/([1-9]\d?))?)?$/;
const VERSION = /^1\.\d{1,3}$/;
const WORD = /^[A-Za-z][A-Za-z0-9_-]{0,60}$/;

export class BadLink extends Error {}

/** The fragment that holds files and settings. */
export async function toFragment({ files, settings }) {
  const packed = await through(new TextEncoder().encode(JSON.stringify({ files, settings })), new CompressionStream("deflate-raw"));
  const fragment = `text=${toBase64(packed)}`;
  if (fragment.length > LONGEST_LINK) {
    throw new BadLink(`This text is too long to share: the link would have ${fragment.length} characters, the limit is ${LONGEST_LINK}.`);
  }
  return fragment;
}

/** The files and settings that a fragment stands for; null where it is empty. Throws BadLink. */
export async function fromFragment(fragment, rules) {
  if (!fragment) return null;
  if (fragment.length > LONGEST_LINK) throw new BadLink("The link is too long.");
  if (fragment.startsWith("text=")) return checked(await unpacked(fragment.slice(5)));
  const match = EXAMPLE.exec(fragment);
  if (!match) throw new BadLink("The link names neither an example nor a text.");
  return example(rules, match[1], match[2] ?? "bad", Number(match[3] ?? 1));
}

/** An example of a rule's page, as files and settings. */
export function example(rules, code, kind, number) {
  const rule = rules.find((one) => one.code === code);
  if (!rule) throw new BadLink(`There is no rule ${code}.`);
  const wanted = { bad: (one) => one.kind === "bad", good: (one) => one.kind === "good", fixed: (one) => one.fixed !== null };
  const found = rule.examples.filter(wanted[kind])[number - 1];
  if (!found) throw new BadLink(`The page of ${code} has no such example.`);
  const text = kind === "fixed" ? found.fixed : found.text;
  return { files: { [`${code.toLowerCase()}.yaml`]: text }, settings: found.settings, code };
}

async function unpacked(text) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await through(fromBase64(text), new DecompressionStream("deflate-raw"))));
  } catch (error) {
    if (error instanceof BadLink) throw error;
    throw new BadLink("The link is damaged: its text cannot be read.");
  }
}

/** Nothing of a link is used that does not have its expected form. */
export function checked(told) {
  const isObject = (one) => typeof one === "object" && one !== null && !Array.isArray(one);
  const bad = () => new BadLink("The link is damaged: it holds no files.");
  if (!isObject(told) || !isObject(told.files)) throw bad();
  const files = Object.entries(told.files);
  if (!files.length || files.length > MOST_FILES) throw bad();
  if (!files.every(([name, text]) => NAME.test(name) && typeof text === "string")) throw bad();
  return { files: Object.fromEntries(files), settings: checkedSettings(isObject(told.settings) ? told.settings : {}) };
}

export function checkedSettings({ select, version, gates, options, isComplete }) {
  const words = (list) => (Array.isArray(list) ? list.filter((one) => typeof one === "string" && WORD.test(one)).slice(0, 100) : []);
  const isOption = (one) =>
    Array.isArray(one) && one.length === 3 && WORD.test(one[0]) && WORD.test(one[1]) && ["number", "boolean", "string"].includes(typeof one[2]);
  return {
    select: words(select).length ? words(select) : ["DEFAULT"],
    version: typeof version === "string" && VERSION.test(version) ? version : "",
    gates: words(gates),
    options: Array.isArray(options) ? options.filter(isOption).slice(0, 20) : [],
    isComplete: isComplete === true,
  };
}

/** Bytes through a stream, refused once they are more than a text may have. */
async function through(bytes, stream) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > LONGEST_TEXT) {
      await reader.cancel();
      throw new BadLink("The text of the link is too long.");
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}
