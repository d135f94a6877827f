// How long the MQTT codec is as a minified bundle, beside mqtt-packet's.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Bytes of a minified browser bundle of what `entry` exports.
 * @param external packages whose code is left out
 */
async function bundle(entry: string, external: string[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
    define: { global: "globalThis" },
    external,
    logLevel: "error",
  });
  return outputFiles[0]!.contents.length;
}

const from = (file: string, ...names: string[]) => `export { ${names.join(", ")} } from "./${file}.js";`;
const CLIENT_PART = [
  from("firmware/mqtt/encode", "encode"),
  from("firmware/mqtt/decoder", "createDecoder"),
  from("firmware/mqtt/parse", "parse"),
];
const SERVER_PART = [
  from("host-sim/cloud/broker/encode-server", "encodeServer"),
  from("host-sim/cloud/broker/parse-server", "parseServer"),
];

/** What makes UTF-8 where the engine has no TextEncoder, as XS has none. */
const UTF_8 = "*/bytes/utf8.js";
const PEER_PART = `export { generate, parser } from "mqtt-packet";`;
/** What mqtt-packet stands on: streams, buffers and a debugger, which a browser gets as polyfills. */
const PEER_NEEDS = ["bl", "debug", "process-nextick-args", "buffer", "events", "stream"];

/** Bytes of minified bundles. */
export interface CodecSizes {
  /** What a client needs; and without the UTF-8 that it makes itself, which mqtt-packet leaves to Buffer. */
  client: number;
  bare: number;
  /** All 14 packets both ways. */
  full: number;
  /** A client with its session and journal. */
  whole: number;
  /** mqtt-packet with all that a browser needs for it; and its own code alone. */
  peer: number;
  peerOwn: number;
}

export async function codecSizes(): Promise<CodecSizes> {
  return {
    client: await bundle(CLIENT_PART.join("")),
    bare: await bundle(CLIENT_PART.join(""), [UTF_8]),
    full: await bundle([...CLIENT_PART, ...SERVER_PART].join("")),
    whole: await bundle(
      [from("firmware/mqtt/client", "MqttClient"), from("firmware/mqtt/journal", "RamJournal")].join(""),
    ),
    peer: await bundle(PEER_PART),
    peerOwn: await bundle(PEER_PART, PEER_NEEDS),
  };
}
