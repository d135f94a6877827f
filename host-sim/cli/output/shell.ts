// Words as a shell takes them.

/** A text as one word, whatever is in it (POSIX.1-2017, Shell Command Language §2.2.2). */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
