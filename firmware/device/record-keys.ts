// What stands for the names of a record in the compact form. Published in docs/compact.md: a number never gets another meaning,
// and one that is given up is not given again. Up to 23 a key is one byte.

import type { CborNames } from "../bytes/cbor.js";

/** The number of each name. */
export const RECORD_KEYS = {
  seq: 0,
  uptime: 1,
  time: 2,
  app: 3,
  rat: 4,
  rssi: 5,
  rsrp: 6,
  rsrq: 7,
  sinr: 8,
  band: 9,
  plmn: 10,
  cell: 11,
  airTx: 12,
  airRx: 13,
  radioOn: 14,
  monthKb: 15,
  dataUsedKb: 16,
  dataBudget: 17,
  acked: 18,
  lost: 19,
  reconnects: 20,
  refused: 21,
  lat: 22,
  lon: 23,
  alt: 24,
  speed: 25,
  course: 26,
  acc: 27,
  fixAge: 28,
  reset: 29,
  safe: 30,
} as const satisfies CborNames;
