// The firmware as it would be with telemetry and commands built in, and no contract for an app: what is measured beside it.
// It is made of the firmware's own source, by taking out what the contract put there, so that nothing else differs.

/** In a module: what is found there, and what stands in its place. */
type Edits = readonly (readonly [found: RegExp, instead: string])[];

const OWN_IN_DEVICE: Edits = [
  [/^import \{ OwnApp \} .*\n/m, ""],
  [/^ {2}readonly own: OwnApp \| undefined;\n/m, ""],
  [/^ {4}if \(parts\.own\) \{\n(?: {6}.*\n)+ {4}\}\n/m, ""],
  [/\bplatform, base, link\b/, "platform, link"],
  [/^ {6}base,\n/m, ""],
  [/^ {6}\.\.\.\(this\.own && .*\n/m, ""],
  [/^ {6}\.\.\.\(parts\.table && .*\n/m, ""],
  [/this\.own\b/g, "undefined"],
];
/** The default app, by itself. */
const BASE = 'import * as base from "../app/app.js";\n';

/** By module of firmware/. */
const WITHOUT_CONTRACT: Readonly<Record<string, Edits>> = {
  "firmware/compose.ts": [
    [/platform, base, \.\.\.own, link,/, "platform, link,"],
    [/^ {2}const own = app && \{\n(?: {4}.*\n)+ {2}\};\n/m, ""],
  ],
  "firmware/device/device.ts": OWN_IN_DEVICE,
  "firmware/device/steps.ts": [
    [/const \{ parts, own, fixes \} = device;/, "const { parts, fixes } = device; const own = undefined;"],
    [/^ {4}if \(device\.own\) .*\n/m, ""],
  ],
  "firmware/device/fixes.ts": [[/ && !this\.#device\.isBusy/, ""]],
  "firmware/device/rests.ts": [
    [/^ {2}readonly #own: OwnApp \| undefined;\n/m, ""],
    [/^ {4}this\.#own = own;\n/m, ""],
    [/this\.#own\b/g, "undefined"],
  ],
  "firmware/device/recorder.ts": [
    [/^/, BASE],
    [/^ {4}const \{ base, own \} = this\.#parts;\n/m, ""],
    [/own \? \[base\.commands, own\.commands\] : \[base\.commands\]/, "[base.commands]"],
    [/^ {4}return this\.runOwn\(own!.*\n/m, ""],
    [/this\.#parts\.own\?\.hurry\(\);/, ""],
    [/const \{ own \} = this\.#parts;/, "const own = undefined;"],
    [/const \{ journal, own \} = this\.#parts;/, "const { journal } = this.#parts; const own = undefined;"],
  ],
  "firmware/device/system.ts": [
    [/^/, BASE],
    [/\bplatform, base, link\b/, "platform, link"],
  ],
};

/**
 * @param path of a module, from the root of the project
 * @param source its code
 * @returns the same without the contract; undefined: it has none of it
 * @throws Error where the code is not as it is known
 */
export function withoutContract(path: string, source: string): string | undefined {
  const edits = WITHOUT_CONTRACT[path];
  return edits?.reduce((text, [found, instead]) => {
    const edited = text.replace(found, instead);
    if (edited === text) throw new Error(`${path}: nothing is there for ${String(found)} (bench/xs/built-in.ts)`);
    return edited;
  }, source);
}
