// A token by which a process of this user's knows another one.

import { timingSafeEqual } from "node:crypto";

/** Whether what was given is the token; how long that takes tells nothing of it but its length. */
export function isToken(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
