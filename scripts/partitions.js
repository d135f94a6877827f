// A partition table of ESP-IDF: what must hold for the one of this firmware.

const K = 1024;
/** Flash of the smallest board, where the table itself ends, and how app partitions and all others lie. */
const FLASH = 4096 * K;
const TABLE_END = 0x9000;
const APP_ALIGN = 64 * K;
const BLOCK = 4 * K;
/** Partitions that the firmware or its tools look for, with their least size. */
const NEEDED = { nvs: 16 * K, otadata: 8 * K, ota_0: 1024 * K, ota_1: 1024 * K, outbox: 64 * K };

/** Rows of a table: numbers in decimal or hexadecimal, sizes also with K or M. */
export function parsePartitions(csv) {
  return csv
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [name, type, subtype, offset, size] = line.split(",").map((cell) => cell.trim());
      return { name, type, subtype, offset: numberOf(offset), size: numberOf(size) };
    });
}

function numberOf(text) {
  const factor = { K, M: K * K }[text.at(-1)];
  return factor === undefined ? Number(text) : Number(text.slice(0, -1)) * factor;
}

/** What is wrong with a table, one line each. */
export function checkPartitions(csv) {
  const rows = parsePartitions(csv);
  const faults = [];
  for (const [name, least] of Object.entries(NEEDED)) {
    const row = rows.find((each) => each.name === name);
    if (row === undefined) faults.push(`no partition ${name}`);
    else if (row.size < least) faults.push(`${name} is smaller than ${least} bytes`);
  }
  let end = TABLE_END;
  for (const { name, type, offset, size } of rows) {
    if (offset < end) faults.push(`${name} overlaps what is before it`);
    if (offset % (type === "app" ? APP_ALIGN : BLOCK) !== 0 || size % BLOCK !== 0)
      faults.push(`${name} is not aligned`);
    end = offset + size;
  }
  if (end > FLASH) faults.push(`the table needs ${end} bytes of flash, a board has ${FLASH}`);
  return faults;
}
