// Fills the parts of a document that a command writes:  <!-- report:NAME -->  …  <!-- /report:NAME -->.
// All around them is written by people and stays as it is.

/** A document without such a part. */
export class DocumentError extends Error {}

/**
 * @param blocks text by name
 * @throws DocumentError when the document lacks a place for one of them
 */
export function filled(document: string, blocks: Readonly<Record<string, string>>): string {
  return Object.entries(blocks).reduce((text, [name, block]) => {
    const begin = `<!-- report:${name} -->\n`;
    const end = `<!-- /report:${name} -->`;
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from)
      throw new DocumentError(`the document has no place for "${name}": ${begin.trim()} … ${end}`);
    return `${text.slice(0, from + begin.length)}\n${block}\n\n${text.slice(to)}`;
  }, document);
}
