// What the firmware's C asks of ESP-IDF, held against what the manifests say: a component that is not named is found out by a
// linker after minutes, or not at all, where ESP-IDF happens to build it for somebody else; a setting that is not there by a
// board.

import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { modulesOf } from "./manifests.js";

/** Components that every component may use (ESP-IDF v6.0, build system: common component requirements). */
const COMMON = "common";
/** Headers by the component that has them. A name that ends with `/` stands for a folder. */
const HEADERS = {
  "bootloader_random.h": "bootloader_support",
  "driver/uart.h": "esp_driver_uart",
  "esp_attr.h": COMMON,
  "esp_flash_encrypt.h": "bootloader_support",
  "esp_heap_caps.h": COMMON,
  "esp_ota_ops.h": "app_update",
  "esp_partition.h": "esp_partition",
  "esp_random.h": COMMON,
  "esp_rom_crc.h": COMMON,
  "esp_sleep.h": COMMON,
  "esp_system.h": COMMON,
  "esp_timer.h": "esp_timer",
  "freertos/": COMMON,
  "mbedtls/": "mbedtls",
  "nvs.h": "nvs_flash",
  "nvs_flash.h": "nvs_flash",
  "psa/": "mbedtls",
  "sdkconfig.h": COMMON,
  // What is not the C library's alone: where no vfs is built, stdin is a ROM's that knows no O_NONBLOCK.
  "fcntl.h": "vfs",
};
/** The C library's, the SDK's, and what only a desk's compiler sees. */
const OTHERS =
  /^(assert|errno|inttypes|limits|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|time|unistd|sys\/random)\.h$|^(xs|mc\.)/;
const INCLUDE = /^[ \t]*#[ \t]*include[ \t]+[<"]([^>"]+)[>"]/gm;
const PLATFORMS = ["esp32", "esp32/*"];

/** Settings without which the firmware's C, or what SECURITY.md says, does not hold: value and what wants it. */
const SETTINGS = {
  CONFIG_UART_ISR_IN_IRAM: ["y", "the modem's UART is served while flash is written"],
  CONFIG_MBEDTLS_SSL_IN_CONTENT_LEN: ["16384", "a server may send records of 16 KB"],
  CONFIG_MBEDTLS_TLS_CLIENT_ONLY: ["y", "the firmware is a client"],
  CONFIG_MBEDTLS_SSL_PROTO_TLS1_2: ["y", "firmware/platform/native/tls"],
  CONFIG_MBEDTLS_SSL_PROTO_TLS1_3: ["y", "firmware/platform/native/tls"],
  CONFIG_MBEDTLS_SSL_ALPN: ["y", "AWS IoT Core tells MQTT by it on port 443"],
  CONFIG_MBEDTLS_CLIENT_SSL_SESSION_TICKETS: ["y", "a session goes on"],
  CONFIG_MBEDTLS_SSL_RENEGOTIATION: ["n", "a second handshake is refused"],
  CONFIG_MBEDTLS_PEM_PARSE_C: ["y", "roots and keys as PEM"],
  CONFIG_MBEDTLS_CERTIFICATE_BUNDLE: ["n", "trust comes from the firmware alone"],
  CONFIG_LIBC_STDOUT_LINE_ENDING_CRLF: ["y", "firmware/platform/native/system/console.c"],
  CONFIG_LIBC_STDIN_LINE_ENDING_LF: ["y", "firmware/platform/native/system/console.c"],
  CONFIG_ESP_INT_WDT: ["y", "an interrupt that never returns"],
  CONFIG_ESP_SYSTEM_PANIC_PRINT_REBOOT: ["y", "a chip in the field restarts"],
  CONFIG_ESP_COREDUMP_ENABLE_TO_NONE: ["y", "no keys on the console"],
};

/** The component of a header; undefined: nobody knows it. */
function componentOf(header) {
  if (Object.hasOwn(HEADERS, header)) return HEADERS[header];
  const folder = Object.keys(HEADERS).find((name) => name.endsWith("/") && header.startsWith(name));
  return folder && HEADERS[folder];
}

/** Components that manifests name for a platform. */
const namedFor = (all, platform) =>
  all.flatMap(([, { platforms }]) => (platforms?.[platform]?.dependency ?? []).map(({ idf }) => idf)).filter(Boolean);

/**
 * What is wrong with an image's components, one line each.
 * @param path of its manifest
 * @param all its manifests, as `[path, manifest]`
 */
export function componentFaults(root, path, all) {
  const sources = all
    .flatMap(([where, part]) => modulesOf(root, where, part))
    .map(({ source }) => source)
    .filter((source) => source !== undefined && [".c", ".h"].includes(extname(source)));
  const own = new Set(sources.map((source) => basename(source)));
  const [first, second] = PLATFORMS.map((platform) => new Set(namedFor(all, platform)));
  const faults = [...first, ...second]
    .filter((name) => !first.has(name) || !second.has(name))
    .map((name) => `${path}: the component ${name} is named for one of the platforms ${PLATFORMS.join(" and ")} only`);
  for (const source of new Set(sources)) {
    for (const [, header] of readFileSync(join(root, source), "utf8").matchAll(INCLUDE)) {
      if (own.has(header) || (OTHERS.test(header) && !Object.hasOwn(HEADERS, header))) continue;
      const component = componentOf(header);
      if (component === undefined)
        faults.push(`${source} includes ${header}: scripts/idf-needs.js does not know which component has it`);
      else if (component !== COMMON && !first.has(component))
        faults.push(`${path}: ${source} includes ${header}, of the component ${component}, which no manifest names`);
    }
  }
  return faults;
}

/** What a board's settings lack, one line each. @param settings by name */
export function settingFaults(path, settings) {
  return Object.entries(SETTINGS)
    .filter(([name, [value]]) => settings.get(name) !== value)
    .map(([name, [value, why]]) => `${path}: its sdkconfig has no ${name}=${value} (${why})`);
}
