// RAM on the chip while a TLS handshake is under way: a board without PSRAM, the 1NCE device by MQTT, as `manifests/`
// builds it: without updates.
// What the manifests and headers say is read from them; what they do not say was told by an emulated ESP32-C3
// (`npm run test:qemu`, docs/evidence/memory.md has its table). Not counted: ESP-IDF itself, its tasks, and NVS.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(fileURLToPath(new URL(path, ROOT)), "utf8");

/** `npm run bench:xs -- device-1nce` tells them: 4 bytes for each object in flash that could be changed. */
const ALIAS_BYTES = 2_128;
/** Of the UART driver besides its rings: 220,432 bytes free at the start, 208,036 with the port open. */
const UART_DRIVER_BYTES = 108;
/**
 * ESP-IDF's heap that a handshake takes at most, by the settings of mbedTLS: record buffers, our own between mbedTLS and the
 * modem, keys and certificates. Journey `1nce-mqtt`: 208,036 bytes free before it, least free 164,512.
 */
const HANDSHAKE_BYTES: Readonly<Record<string, number>> = {
  "in 16384, out 4096, dynamic n": 43_524,
};

/** A part of the sum. */
export interface RamPart {
  what: string;
  bytes: number;
}

/** @throws Error where nobody has measured what the manifests say now */
export function ramInHandshake(): RamPart[] {
  const { creation } = JSON.parse(read("manifests/esp32/manifest.json")) as {
    creation: { static: number; nativeStack: number };
  };
  const sdkconfig = read("manifests/esp32/sdkconfig/sdkconfig.defaults");
  const setting = (name: string) => new RegExp(`^CONFIG_MBEDTLS_${name}=(\\w+)$`, "m").exec(sdkconfig)?.[1];
  const lengths = `in ${setting("SSL_IN_CONTENT_LEN")}, out ${setting("SSL_OUT_CONTENT_LEN")}`;
  const settings = `${lengths}, dynamic ${setting("DYNAMIC_BUFFER")}`;
  const handshake = HANDSHAKE_BYTES[settings];
  if (handshake === undefined)
    throw new Error(`nobody has measured mbedTLS with ${settings}: npm run test:qemu -- --only 1nce-mqtt`);
  const uart = read("firmware/platform/native/uart/uart-port.h");
  const ring = (name: string) => Number(new RegExp(`^#define SIMKEY_UART_${name}_RING (\\d+)$`, "m").exec(uart)?.[1]);
  return [
    { what: "XS: slots, chunks, stack", bytes: creation.static },
    { what: "XS: aliases", bytes: ALIAS_BYTES },
    { what: "native stack of XS's task", bytes: creation.nativeStack },
    { what: "UART", bytes: ring("RECEIVE") + ring("TRANSMIT") + UART_DRIVER_BYTES },
    { what: "TLS handshake", bytes: handshake },
  ];
}
