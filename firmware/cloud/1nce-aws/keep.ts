// The token in the key-value store, so that a restart within its life does not onboard again.

import { decodeUtf8, encodeUtf8 } from "../../bytes/utf8.js";
import type { KeyValue } from "../../platform/storage.js";
import { loadCredentials, saveCredentials } from "../../store/credentials.js";
import { FIELDS, type OneNceToken, tokenOf } from "./token.js";

/** Name in the key-value store. */
export const TOKEN_KEY = "1nce.token";

/** A token with the time from when on it is to be renewed (wall time, ms). */
export interface HeldToken extends OneNceToken {
  renewAt: number;
}

/** Keeps a token. @returns false when it is too long to be kept */
export function keepToken(store: KeyValue, token: HeldToken): boolean {
  const { receivedAt, expiresAt, renewAt, rootCa = new Uint8Array(0), rootCaUrl = "" } = token;
  const texts = [token.username, token.clientId, token.endpoint, rootCaUrl].map(encodeUtf8);
  return saveCredentials(store, TOKEN_KEY, { receivedAt, expiresAt, renewAt, parts: [...texts, rootCa] });
}

/**
 * The kept token, its form checked again as if it had just come.
 * @param now wall time in ms
 * @returns undefined when there is none that is valid
 */
export function keptToken(store: KeyValue, now: number): HeldToken | undefined {
  const kept = loadCredentials(store, TOKEN_KEY, now);
  if (kept === undefined) return undefined;
  const { receivedAt, expiresAt, renewAt, parts } = kept;
  if (parts.length === FIELDS.length) {
    const rootCa = parts.at(-1)!;
    try {
      const [username, clientId, endpoint, rootCaUrl] = parts.slice(0, -1).map(decodeUtf8);
      const fields = { username: username!, clientId: clientId!, endpoint: endpoint!, rootCaUrl: rootCaUrl! };
      const token = tokenOf(fields, rootCa.length === 0 ? undefined : rootCa, receivedAt);
      return { ...token, expiresAt, renewAt };
    } catch {
      // Not one that we would take today: onboard again.
    }
  }
  forgetToken(store);
  return undefined;
}

/** Throws the kept token away. */
export function forgetToken(store: KeyValue): void {
  store.delete(TOKEN_KEY);
}
