// The configuration as Google Cloud IoT Core's HTTP bridge answers it, read as it arrives.

import { decodeBase64 } from "../../bytes/base64.js";
import { Collector } from "../../bytes/collector.js";
import { JsonFields } from "../../bytes/json-fields.js";
import { latin1 } from "../../bytes/utf8.js";
import { PublishError } from "../publish.js";

/** Longest configuration that is taken, in bytes. The service allowed 64 KB. */
export const CONFIG_LIMIT = 4096;

/** A configuration as the cloud holds it. */
export interface DeviceConfig {
  /** Counts up with each change. */
  version: number;
  data: Uint8Array;
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

  /**
   * The end of the answer.
   * @returns undefined when it holds no configuration
   * @throws PublishError `publish-answer`
   */
  end(): DeviceConfig | undefined {
    try {
      if (this.#failure !== undefined) throw this.#failure;
      this.#fields.end();
      const version = latin1(this.#version.bytes);
      if (version === "") return undefined;
      if (!/^[0-9]{1,15}$/.test(version)) throw new RangeError("malformed version");
      return { version: Number(version), data: decodeBase64(latin1(this.#base64.bytes)) };
    } catch (error) {
      throw new PublishError("publish-answer", `config: ${(error as Error).message}`);
    }
  }
}
