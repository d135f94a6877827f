// An XML 1.0 reader for tests: strict about what the report's pictures may hold (no comments, no CDATA, no DTD).

export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
}

const TOKEN = /<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ATTRIBUTE = /([\w:-]+)="([^"<]*)"/g;
const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

const unescaped = (text: string) =>
  text.replace(/&[^;]*;?/g, (entity) => {
    const sign = ENTITIES[entity];
    if (sign === undefined) throw new Error(`not an entity: ${entity}`);
    return sign;
  });

/** @throws Error where the text is not well-formed */
function parse(xml: string): { elements: XmlElement[]; texts: string[] } {
  const elements: XmlElement[] = [];
  const texts: string[] = [];
  const open: string[] = [];
  let end = 0;
  for (const [token, closing, name = "", list = "", empty, text] of xml.matchAll(TOKEN)) {
    end += token.length;
    if (text !== undefined) {
      if (open.length === 0 && text.trim() !== "") throw new Error(`text outside of the root: ${text}`);
      if (text.includes("]]>")) throw new Error("]]> in a text");
      if (text.trim() !== "") texts.push(unescaped(text));
    } else if (closing) {
      if (open.pop() !== name || list !== "") throw new Error(`</${name}> closes nothing`);
    } else {
      const pairs = [...list.matchAll(ATTRIBUTE)].map(([, key, value]) => [key!, unescaped(value!)] as const);
      if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error(`<${name}> has an attribute twice`);
      if (open.length === 0 && elements.length > 0) throw new Error("a second root");
      elements.push({ name, attributes: Object.fromEntries(pairs) });
      if (!empty) open.push(name);
    }
  }
  if (end < xml.length || open.length > 0) throw new Error(`not well-formed from ${xml.slice(end, end + 40)}`);
  return { elements, texts };
}

/** All elements, in the order of their beginning. */
export const elementsOf = (xml: string): XmlElement[] => parse(xml).elements;

/** All texts but blanks. */
export const textsOf = (xml: string): string[] => parse(xml).texts;
