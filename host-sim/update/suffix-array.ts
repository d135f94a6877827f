// The suffix array of bytes by induced sorting (Nong, Zhang, Chan: "Two Efficient Algorithms for Linear Time Suffix Array
// Construction", 2011): linear in time, some 12 bytes of memory for each byte.

/** Positions of all suffixes of `text`, in the order of the suffixes. */
export function suffixArray(text: Uint8Array): Int32Array {
  return induce(Int32Array.from(text), 256);
}

/** @param text symbols of 0 to `symbols - 1`; a suffix that begins another one comes before it */
function induce(text: Int32Array, symbols: number): Int32Array {
  const { length } = text;
  const sorted = new Int32Array(length);
  if (length < 2) return sorted;

  // S-type: smaller than the suffix behind it. A suffix of S-type behind one of L-type is "leftmost S", LMS.
  const isS = new Uint8Array(length);
  for (let i = length - 2; i >= 0; i--) {
    isS[i] = text[i]! < text[i + 1]! || (text[i] === text[i + 1] && isS[i + 1] === 1) ? 1 : 0;
  }
  const isLms = (i: number) => i > 0 && isS[i] === 1 && isS[i - 1] === 0;
  const counts = new Int32Array(symbols);
  for (const symbol of text) counts[symbol]!++;
  const heads = () => {
    const places = new Int32Array(symbols);
    for (let symbol = 1; symbol < symbols; symbol++) places[symbol] = places[symbol - 1]! + counts[symbol - 1]!;
    return places;
  };
  const tails = () => {
    const places = heads();
    for (let symbol = 0; symbol < symbols; symbol++) places[symbol]! += counts[symbol]!;
    return places;
  };

  /** Sorts all from the LMS suffixes in this order. */
  const sortFrom = (lms: Int32Array) => {
    sorted.fill(-1);
    const ends = tails();
    for (let i = lms.length - 1; i >= 0; i--) sorted[--ends[text[lms[i]!]!]!] = lms[i]!;
    const begins = heads();
    // The last suffix stands behind an end that is smaller than all.
    sorted[begins[text[length - 1]!]!++] = length - 1;
    for (let i = 0; i < length; i++) {
      const before = sorted[i]! - 1;
      if (before >= 0 && isS[before] === 0) sorted[begins[text[before]!]!++] = before;
    }
    const last = tails();
    for (let i = length - 1; i >= 0; i--) {
      const before = sorted[i]! - 1;
      if (before >= 0 && isS[before] === 1) sorted[--last[text[before]!]!] = before;
    }
  };

  const lms = Int32Array.from(text.keys()).filter(isLms);
  sortFrom(lms);
  if (lms.length < 2) return sorted;

  // Names for the substrings from one LMS place to the next, equal ones the same, in their order.
  const names = new Int32Array(length).fill(-1);
  let name = 0;
  let previous = -1;
  for (const place of sorted) {
    if (!isLms(place)) continue;
    if (previous >= 0 && !equalParts(previous, place)) name++;
    names[place] = name;
    previous = place;
  }
  function equalParts(a: number, b: number): boolean {
    for (let i = 0; ; i++) {
      if (a + i >= length || b + i >= length) return false;
      if (text[a + i] !== text[b + i] || isS[a + i] !== isS[b + i]) return false;
      if (i > 0 && (isLms(a + i) || isLms(b + i))) return isLms(a + i) && isLms(b + i);
    }
  }
  if (name + 1 < lms.length) {
    const order = induce(
      names.filter((each) => each >= 0),
      name + 1,
    );
    sortFrom(order.map((rank) => lms[rank]!));
  } else {
    sortFrom(sorted.filter(isLms));
  }
  return sorted;
}
