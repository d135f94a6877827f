// Looking names up that come from outside.

/**
 * The table's own key that `name` is, or undefined. Neither `table[name]` nor `in` nor Object.hasOwn may see a name from outside:
 * to look a property up, XS makes its name a key (xsSymbol.c, fxNewName), and keeps it for good, some 32 bytes each.
 */
export function knownKey<T extends object>(table: T, name: string): (keyof T & string) | undefined {
  for (const key in table) if (key === name) return key;
  return undefined;
}
