// Google Cloud IoT Core's HTTP bridge: publishEvent and setState as publishing, and reading the configuration.
// Source: Cloud IoT "Publishing over the HTTP bridge". The token goes with each request.

import { decodeBase64, encodeBase64 } from "../../bytes/base64.js";
import { Collector } from "../../bytes/collector.js";
import { JsonFields } from "../../bytes/json-fields.js";
import { encodeUtf8, latin1 } from "../../bytes/utf8.js";
import { type HttpRequest, httpRequest } from "../../http/client.js";
import type { Credentials } from "../plan.js";
import { AnswerFields, type Bridge, type PublishAnswer, PublishError, publishError } from "../publish.js";
import { type DeviceName, fullNameOf } from "./names.js";

/** Longest configuration that is taken, in bytes. The service allowed 64 KB. */
export const CONFIG_LIMIT = 4096;

/** What a topic means to the bridges of this family. */
export type BridgeCall = { method: "publishEvent"; folder: string } | { method: "setState" };

/**
 * The call that publishing on a topic stands for.
 * @throws PublishError `publish-rejected` for a topic that is neither the device's events nor its state
 */
export function callOf(device: string, topic: string): BridgeCall {
  const events = `/devices/${device}/events`;
  if (topic === events) return { method: "publishEvent", folder: "" };
  if (topic.startsWith(`${events}/`)) return { method: "publishEvent", folder: topic.slice(events.length + 1) };
  if (topic === `/devices/${device}/state`) return { method: "setState" };
  throw new PublishError("publish-rejected", "publish: the bridge takes events and state only");
}

/** The answer's status is what counts. */
export function statusAnswer(status: number, taken: number): PublishAnswer {
  const fields = new AnswerFields(["error"]);
  return {
    push: (piece) => fields.push(piece),
    end: () => {
      if (status !== taken) throw publishError(status, fields.shown("error"));
      return undefined;
    },
  };
}

/** Path of a device below the API's version. */
const pathOf = (device: DeviceName) => `/v1/${fullNameOf(device)}`;

/** What goes with every request. */
const headersOf = (token: string) => ({ Authorization: `Bearer ${token}`, "Cache-Control": "no-cache" });

/** Publishes with a token in the password's place. */
export function googleBridge(device: DeviceName, { password = "" }: Credentials): Bridge {
  return {
    request: ({ topic, payload }) => {
      const call = callOf(device.device, topic);
      const data = { binary_data: encodeBase64(payload) };
      const folder = call.method === "publishEvent" && call.folder !== "" ? { sub_folder: call.folder } : {};
      const body = call.method === "setState" ? { state: data } : { ...data, ...folder };
      return {
        method: "POST",
        path: `${pathOf(device)}:${call.method}`,
        headers: { ...headersOf(password), "Content-Type": "application/json" },
        body: encodeUtf8(JSON.stringify(body)),
      };
    },
    answer: (status) => statusAnswer(status, 200),
  };
}

/** A configuration as the cloud holds it. */
export interface DeviceConfig {
  /** Counts up with each change. */
  version: number;
  data: Uint8Array;
}

export interface FetchConfigOptions extends Pick<HttpRequest, "io" | "timer" | "clock" | "host" | "deadlines"> {
  device: DeviceName;
  credentials: Credentials;
  /** Version that the device has; 0: none. */
  localVersion: number;
}

/**
 * Reads the device's configuration.
 * @returns undefined when the cloud has none newer than `localVersion`
 * @throws PublishError; HttpError or a Failure of the connection underneath
 */
export async function fetchConfig(options: FetchConfigOptions): Promise<DeviceConfig | undefined> {
  const { device, credentials, localVersion, ...http } = options;
  const reader = new ConfigReader();
  const { status } = await httpRequest({
    ...http,
    path: `${pathOf(device)}/config?local_version=${localVersion}`,
    headers: headersOf(credentials.password ?? ""),
    limits: { body: 2 * CONFIG_LIMIT },
    onBody: (piece) => reader.push(piece),
  });
  if (status !== 200) throw publishError(status, "");
  return reader.end(localVersion);
}

/** Reads `{"version":"3","binaryData":"…"}` as it arrives; both spellings of proto3's JSON are understood. */
export class ConfigReader {
  readonly #version = new Collector(20);
  readonly #base64 = new Collector(Math.ceil(CONFIG_LIMIT / 3) * 4);
  readonly #fields = new JsonFields(["version", "binarydata", "binary_data"], {
    onPiece: (name, piece) => {
      const into = name === "version" ? this.#version : this.#base64;
      if (!into.add(piece)) throw new RangeError("too long");
    },
    onValue: () => {},
  });
  #failure: unknown;

  push(piece: Uint8Array): void {
    if (this.#failure !== undefined) return;
    try {
      this.#fields.push(piece);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** @throws PublishError `publish-answer` */
  end(localVersion: number): DeviceConfig | undefined {
    try {
      if (this.#failure !== undefined) throw this.#failure;
      this.#fields.end();
      const version = latin1(this.#version.bytes);
      if (version === "") return undefined;
      if (!/^[0-9]{1,15}$/.test(version)) throw new RangeError("malformed version");
      if (Number(version) <= localVersion) return undefined;
      return { version: Number(version), data: decodeBase64(latin1(this.#base64.bytes)) };
    } catch (error) {
      throw new PublishError("publish-answer", `config: ${(error as Error).message}`);
    }
  }
}
