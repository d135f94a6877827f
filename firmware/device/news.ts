// When something is to be said at once, though records are gathered: `sendAtOnceWhen` is a condition on a number of the record,
// as `temperature>30`. News is that it has become so, and that it is so no more; what stays as it is waits for the others.

import { type JsonNames, readJson } from "../bytes/json.js";
import { encodeUtf8 } from "../bytes/utf8.js";

export class News {
  readonly #name: string;
  readonly #isAbove: boolean;
  readonly #limit: number;
  readonly #names: JsonNames;
  /** Whether it was so in the last record that told; undefined: none has. */
  isSo: boolean | undefined;

  /** @param condition as settings/rules.ts has it (`isCondition`) */
  constructor(condition: string) {
    const at = condition.search(/[<>]/);
    this.#name = condition.slice(0, at);
    this.#isAbove = condition[at] === ">";
    this.#limit = Number(condition.slice(at + 1));
    this.#names = { [this.#name]: "plain" };
  }

  /**
   * A record was made.
   * @param fields the record's own, as JSON @param sample what the app measured, as JSON; its member counts where it has one
   * @returns whether that is news
   */
  look(fields: string, sample: string | undefined): boolean {
    const value = this.valueIn(sample) ?? this.valueIn(fields);
    if (value === undefined) return false;
    const before = this.isSo;
    this.isSo = this.#isAbove ? value > this.#limit : value < this.#limit;
    return before === undefined ? this.isSo : before !== this.isSo;
  }

  private valueIn(json: string | undefined): number | undefined {
    if (json === undefined) return undefined;
    try {
      const value = readJson(encodeUtf8(json), this.#names)[this.#name];
      return typeof value === "number" ? value : undefined;
    } catch {
      return undefined; // of another form than it can be looked into
    }
  }
}
