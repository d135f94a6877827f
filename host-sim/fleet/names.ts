// Names of a fleet's devices, made from a pattern and a number: `meter-{index}`, or `meter-{index:6}` with zeros in front.

const INDEX = /\{index(?::([1-9]))?\}/g;

/** Whether a pattern gives each device a name of its own. */
export function isIndexed(pattern: string): boolean {
  return pattern.search(INDEX) >= 0;
}

/**
 * A pattern with the device's number in its places; without one it is everybody's.
 * @param index 0 or more
 */
export function nameAt(pattern: string, index: number): string {
  return pattern.replace(INDEX, (_place, digits?: string) => String(index).padStart(Number(digits ?? 1), "0"));
}
