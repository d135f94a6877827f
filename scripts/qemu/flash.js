// The flash of a chip, put together as its loader would have written it: boot loader, partition table, what the tables name.
// No tool of Espressif's is needed for it, nor any IO.
//
// Sources: ESP-IDF v6.0, components/partition_table (gen_esp32part.py: the table's form), Kconfig.projbuild of the boot
// loader (BOOTLOADER_OFFSET_IN_FLASH) and of the partition table (PARTITION_TABLE_OFFSET).

/** Erased flash. */
const ERASED = 0xff;
const ENTRY_BYTES = 32;
const ENTRY_MAGIC = 0x50aa;
const MD5_MAGIC = 0xebeb;
const END_MAGIC = 0xffff;
const NAME_BYTES = 16;
/** Where the ROM of an ESP32-C3 looks for the boot loader; that of an ESP32 does at 0x1000. */
const BOOT_LOADER_AT = 0;
/** Where the partition table lies. */
const TABLE_AT = 0x8000;
const SECTOR_BYTES = 4096;
const APP = 0;
const DATA = 1;
const OTA_DATA = 0;

/** A flash that cannot be put together; the message is one line for people. */
export class FlashError extends Error {}

/**
 * Reads a partition table in its binary form.
 * @returns its rows: `name`, `type`, `subtype` as numbers, `offset` and `size` in bytes
 * @throws FlashError for what is none
 */
export function readTable(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const magic = view.getUint16(at, true);
    if (magic === END_MAGIC || magic === MD5_MAGIC) break;
    if (magic !== ENTRY_MAGIC) throw new FlashError("the partition table is not one of ESP-IDF's");
    const name = Buffer.from(bytes.subarray(at + 12, at + 12 + NAME_BYTES)).toString("latin1");
    rows.push({
      name: name.replace(/\0.*$/s, ""),
      type: bytes[at + 2],
      subtype: bytes[at + 3],
      offset: view.getUint32(at + 4, true),
      size: view.getUint32(at + 8, true),
    });
  }
  if (rows.length === 0) throw new FlashError("the partition table is empty");
  return rows;
}

/** The slots for applications that the table among the parts of a flash has, in its order: rows of `readTable`. */
export function slotsIn(parts) {
  const table = parts.find(({ at }) => at === TABLE_AT);
  return readTable(table.bytes).filter(({ type }) => type === APP);
}

/** The application among the parts of a flash: its bytes. */
export function applicationIn(parts) {
  const [{ offset }] = slotsIn(parts);
  return parts.find(({ at }) => at === offset).bytes;
}

/** Sectors of a slot that something was written to. */
export function writtenSectors(flash, { offset, size }) {
  const starts = Array.from({ length: size / SECTOR_BYTES }, (_, i) => offset + i * SECTOR_BYTES);
  return starts.filter((at) => flash.subarray(at, at + SECTOR_BYTES).some((byte) => byte !== ERASED)).length;
}

/**
 * What lies where in a flash with one application.
 * @param files `bootloader`, `table`, `app`, and `otadata` where the build makes one: their bytes
 * @returns parts, each with `name`, `at`, `bytes` and `room`, the bytes that it may take
 * @throws FlashError
 */
export function layOut({ bootloader, table, app, otadata }) {
  const rows = readTable(table);
  const first = rows.find(({ type }) => type === APP);
  if (first === undefined) throw new FlashError("the partition table has no place for an application");
  const ota = rows.find(({ type, subtype }) => type === DATA && subtype === OTA_DATA);
  return [
    { name: "boot loader", at: BOOT_LOADER_AT, bytes: bootloader, room: TABLE_AT - BOOT_LOADER_AT },
    { name: "partition table", at: TABLE_AT, bytes: table, room: 0x1000 },
    ...(ota && otadata ? [{ name: "otadata", at: ota.offset, bytes: otadata, room: ota.size }] : []),
    { name: `application in ${first.name}`, at: first.offset, bytes: app, room: first.size },
  ];
}

/**
 * Merges parts into a flash.
 * @param size of the flash, in bytes
 * @param before what was in it; left out: nothing, it is erased. What no part covers stays
 * @throws FlashError for a part that has no room, or lies over another
 */
export function mergeFlash(parts, size, before) {
  const flash = new Uint8Array(size).fill(ERASED);
  if (before !== undefined) {
    if (before.length !== size) throw new FlashError(`the flash has ${before.length} bytes, not ${size}`);
    flash.set(before);
  }
  let end = 0;
  for (const { name, at, bytes, room } of parts.toSorted((a, b) => a.at - b.at)) {
    if (at < end) throw new FlashError(`${name} lies over what is before it`);
    if (bytes.length > room) throw new FlashError(`${name} has ${bytes.length} bytes, and room for ${room}`);
    end = at + bytes.length;
    if (end > size) throw new FlashError(`${name} ends at ${end}, behind the flash`);
    // The sectors that a part covers are erased as a loader would, so that nothing of an older one is left behind it.
    flash.fill(ERASED, at, Math.min(at + room, size));
    flash.set(bytes, at);
  }
  return flash;
}
