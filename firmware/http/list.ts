// Header fields that are lists (RFC 9110 §5.6.1).

/**
 * Whether all elements of a list fit, white space around them taken off. They are looked at one by one: thousands of
 * commas make no array of thousands.
 */
export function everyElement(list: string, fits: (element: string) => boolean): boolean {
  for (let from = 0; from <= list.length; ) {
    const comma = list.indexOf(",", from);
    const end = comma < 0 ? list.length : comma;
    if (!fits(list.slice(from, end).trim())) return false;
    from = end + 1;
  }
  return true;
}
