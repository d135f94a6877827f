// Whether this Node reads TypeScript as it is, as a project of one's own has it.

/** Since 22.18 and 23.6 Node reads it without being asked to. */
const { typescript } = process.features as { typescript?: string | false };

/** @returns what to take instead, for a message; undefined: this Node reads it */
export const missingTypeScript = (): string | undefined =>
  typescript ? undefined : `Node ${process.version} reads no TypeScript: take Node 24, or 22 from 22.18 on`;
