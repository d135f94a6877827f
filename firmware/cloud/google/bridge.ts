// Google Cloud IoT Core's HTTP bridge: publishEvent and setState as publishing, and asking for the configuration.
// Source: Cloud IoT "Publishing over the HTTP bridge". The token goes with each request.

import { encodeBase64 } from "../../bytes/base64.js";
import { encodeUtf8 } from "../../bytes/utf8.js";
import type { HeaderFields } from "../../http/request.js";
import type { Credentials } from "../plan.js";
import { type Bridge, publishError } from "../publish.js";
import { callOf, statusAnswer } from "./calls.js";
import { ConfigReader } from "./config-reader.js";
import { type DeviceName, fullNameOf } from "./names.js";

/** Path of a device below the API's version. */
const pathOf = (device: DeviceName) => `/v1/${fullNameOf(device)}`;

/** What goes with every request. */
const headersOf = (token: string): HeaderFields => [
  ["Authorization", `Bearer ${token}`],
  ["Cache-Control", "no-cache"],
];

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
        headers: [...headersOf(password), ["Content-Type", "application/json"]],
        body: encodeUtf8(JSON.stringify(body)),
      };
    },
    answer: (status) => statusAnswer(status, 200),
    configuration: {
      // Version 0 is none: as with a subscription, each connection is told.
      request: { method: "GET", path: `${pathOf(device)}/config?local_version=0`, headers: headersOf(password) },
      answer: (status) => {
        const reader = new ConfigReader();
        return {
          push: (piece) => reader.push(piece),
          end: () => {
            if (status !== 200) throw publishError(status, "");
            return reader.end()?.data;
          },
        };
      },
    },
  };
}
