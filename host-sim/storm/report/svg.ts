// Writes SVG: elements as values, text escaped.

type Attributes = Readonly<Record<string, string | number>>;

/** An element or text, written. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => ESCAPES[sign]!);
/** A tenth of a pixel is enough. */
const valueText = (value: string | number) =>
  typeof value === "number" ? String(Math.round(value * 10) / 10) : escaped(value);

/** An element. Strings in it are text. */
export function element(name: string, attributes: Attributes, ...children: readonly (Markup | string)[]): Markup {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${valueText(value)}"`);
  const inside = children.map((child) => (child instanceof Markup ? child.text : escaped(child))).join("");
  return new Markup(inside === "" ? `<${name}${list.join("")}/>` : `<${name}${list.join("")}>${inside}</${name}>`);
}

export interface PictureOptions {
  width: number;
  height: number;
  /** What it is, for those who do not see it. */
  title: string;
  /** What it shows, in sentences. */
  description: string;
  /** Style sheet. */
  style: string;
}

/** A whole picture, an element a line. */
export function picture(options: PictureOptions, children: readonly Markup[]): string {
  const { width, height, title, description, style } = options;
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-labelledby": "title description",
  };
  const parts = [
    element("title", { id: "title" }, title),
    element("desc", { id: "description" }, description),
    element("style", {}, style),
    ...children,
  ].map(({ text }) => new Markup(`\n${text}`));
  return `${element("svg", attributes, ...parts, "\n").text}\n`;
}
