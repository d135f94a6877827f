// Makes the manifests that a device of a storm must not obey (updates-wrong.ts). Nothing of what they name is on the server: a
// device that asks for it has obeyed.

import { encodeBase64Url } from "../../firmware/bytes/base64.js";
import { encodeUtf8 } from "../../firmware/bytes/utf8.js";
import { UPDATE_HOST } from "../cloud/updates/file-server.js";
import type { SimulatedKey } from "../cloud/updates/release.js";
import { FACTORY_IMAGE } from "../desk/desk.js";
import { digestText, manifestFor, RELEASE_KEYS, simulatedKey } from "../desk/update-parts.js";
import { type PlannedWrong, pathOf, versionOf } from "./updates-wrong.js";

/** Makes one. @param number of it, in its plan */
export function wrongManifest({ wrong, seq }: PlannedWrong, number: number): string {
  const { board, chip, layout } = FACTORY_IMAGE;
  const version = versionOf(number);
  const release = { seq, version, board, chip, layout, url: `https://${UPDATE_HOST}${pathOf(version)}` };
  const image = encodeUtf8(`image ${number}`);
  const signed = (members: object = {}, key: SimulatedKey = RELEASE_KEYS[number % 2]!) =>
    manifestFor(image, { ...release, ...members }, key);
  if (wrong === "own-key") return signed({}, simulatedKey("stranger"));
  if (wrong === "stranger") return signed({}, { ...simulatedKey("stranger"), kid: RELEASE_KEYS[0].kid });
  if (wrong === "too-large") return `${signed()}${"A".repeat(1_200)}`;
  if (wrong === "cut-off") return signed().split(".").slice(0, 2).join(".").slice(0, 100);
  const [header, , signature] = signed().split(".");
  if (wrong === "changed") {
    const said = { ...release, seq: seq + 1, sha256: digestText(image), size: image.length };
    return `${header}.${text(said)}.${signature}`;
  }
  if (wrong === "unsigned") return `${text({ alg: "none", kid: RELEASE_KEYS[0].kid })}.${signed().split(".")[1]}.`;
  return signed(MEMBERS[wrong]);
}

/** What of a manifest is wrong that is signed as it should. */
const MEMBERS: Readonly<Record<string, object>> = {
  "asks-more": { eraseAll: true },
  board: { board: "another-board" },
  chip: { chip: "esp32s3" },
  layout: { layout: "8m" },
  base: { minBase: 0x7fff_ffff },
  format: { format: "zip" },
  size: { size: 8 * 1_024 * 1_024 },
  host: { url: "https://evil.example.com/wrong" },
};

const text = (value: object) => encodeBase64Url(encodeUtf8(JSON.stringify(value)));
