// The module's file system as AT commands see it, and the certificates made of its files (SIM7080 AT V1.07 §9, §11).
// All of it lies in flash: it outlives the power.

import { CME, CommandError } from "./errors.js";

/** Directories by the index that the CFS commands take. */
export const DIRECTORIES = ["/custapp/", "/fota/", "/datatx/", "/customer/"] as const;
/** Where certificates are converted from. */
export const CUSTOMER = 3;
/** What AT+CFSGFRS? tells of an empty one, in bytes (the manual's example). */
const SIZE = 6_391_808;

/** What AT+CSSLCFG="CONVERT" made: a certificate with its key, or a list of roots. */
export interface Converted {
  kind: "certificate" | "roots" | "psk";
  /** PEM, or DER as it was uploaded. */
  bytes: Uint8Array;
  key?: Uint8Array | undefined;
  passphrase?: string | undefined;
}

export class Files {
  readonly #files = new Map<string, Uint8Array>();
  readonly #converted = new Map<string, Converted>();

  get free(): number {
    let used = 0;
    for (const bytes of this.#files.values()) used += bytes.length;
    return SIZE - used;
  }

  get(directory: number, name: string): Uint8Array | undefined {
    return this.#files.get(pathOf(directory, name));
  }

  /** @param append behind what is there, else instead of it. @throws CommandError when the flash is full */
  put(directory: number, name: string, bytes: Uint8Array, append = false): void {
    const before = (append && this.get(directory, name)) || new Uint8Array(0);
    if (bytes.length > this.free) throw new CommandError(CME.memoryFull);
    const whole = new Uint8Array(before.length + bytes.length);
    whole.set(before);
    whole.set(bytes, before.length);
    this.#files.set(pathOf(directory, name), whole);
  }

  /** @returns false: there is none */
  remove(directory: number, name: string): boolean {
    return this.#files.delete(pathOf(directory, name));
  }

  /**
   * AT+CSSLCFG="CONVERT": the name then stands for what was made.
   * @throws CommandError where a file is missing, or is neither PEM nor DER
   */
  convert(kind: Converted["kind"], name: string, keyName?: string, passphrase?: string): void {
    const bytes = this.get(CUSTOMER, name);
    const key = keyName === undefined ? undefined : this.get(CUSTOMER, keyName);
    if (!bytes || (keyName !== undefined && !key)) throw new CommandError(CME.notFound);
    if (kind !== "psk" && !(isCertificate(bytes) && (!key || isKey(key)))) throw new CommandError(CME.failed);
    this.#converted.set(name, { kind, bytes, key, passphrase });
  }

  converted(name: string): Converted | undefined {
    return this.#converted.get(name);
  }
}

function pathOf(directory: number, name: string): string {
  return DIRECTORIES[directory]! + name;
}

/** PEM, or DER by its first byte (SEQUENCE). */
function isCertificate(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 || textOf(bytes).includes("-----BEGIN CERTIFICATE-----");
}

function isKey(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 || textOf(bytes).includes("PRIVATE KEY-----");
}

function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
