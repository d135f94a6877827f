// The cloud's side of updates in a virtual world: a server of images under the root that the firmware trusts for them, the key
// that signs releases, and manifests on their way.

import { builtInRoots } from "../../firmware/cloud/roots.js";
import type { FormatName } from "../../firmware/update/manifest.js";
import { type ImageContent, imageOf } from "../boot/image.js";
import { HTTPS_PORT } from "../cloud/names.js";
import { UPDATE_HOST, type UpdateEvent, UpdateServer } from "../cloud/updates/file-server.js";
import { digestText, manifestFor, type SimulatedKey, simulatedKey, stored } from "../cloud/updates/release.js";
import { diff } from "../update/diff.js";
import type { Server } from "../world/server.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { modelCertificates } from "./model-certificates.js";
import type { VirtualCloud } from "./virtual-cloud.js";

/** The keys that simulated boards are delivered with. */
export const RELEASE_KEYS: readonly [SimulatedKey, SimulatedKey] = [
  simulatedKey("release-1"),
  simulatedKey("release-2"),
];

/** How a release is made. */
export interface HowReleased {
  /** Default: the first of RELEASE_KEYS. */
  key?: SimulatedKey;
  format?: FormatName;
  /** Of a delta: the image that runs. */
  base?: Uint8Array;
  /** What a server that swaps files brings instead. */
  other?: Uint8Array;
}

export class VirtualUpdates {
  readonly files: UpdateServer;
  readonly server: Server;
  readonly #world: VirtualWorld;
  readonly #cloud: VirtualCloud;

  /** @param root what the server's certificate leads to, DER; left out: the first of Amazon's */
  constructor(
    world: VirtualWorld,
    cloud: VirtualCloud,
    onEvent?: (event: UpdateEvent) => void,
    root: Uint8Array = builtInRoots()[0]!,
  ) {
    this.#world = world;
    this.#cloud = cloud;
    this.files = new UpdateServer(onEvent);
    this.server = world.server({
      core: this.files,
      at: [{ host: UPDATE_HOST, port: HTTPS_PORT }],
      tls: { policy: this.files, certificates: modelCertificates({ updates: [UPDATE_HOST] }, root, world.now) },
    });
  }

  /**
   * Makes an image and puts it on the server.
   * @param bytes of the image
   * @param members more of its manifest, or others
   * @returns its manifest
   */
  release(content: ImageContent, bytes: number, members: object = {}, key: SimulatedKey = RELEASE_KEYS[0]): string {
    return this.releaseOf(imageOf(content, bytes), content, members, { key });
  }

  /** The same of an image that is there. */
  releaseOf(image: Uint8Array, content: ImageContent, members: object = {}, how: HowReleased = {}): string {
    const { key = RELEASE_KEYS[0], format = "image", base = new Uint8Array(0), other } = how;
    const { seq, version, board, chip, layout } = content;
    const file = format === "image" ? image : stored(format === "delta" ? diff(base, image) : image);
    const url = this.files.put(`/${seq}/${board}.${format}`, file, other);
    const packed = format === "image" ? {} : { format, fileSha256: digestText(file), length: file.length };
    const of = format === "delta" ? { baseSha256: digestText(base), baseSize: base.length } : {};
    return manifestFor(image, { seq, version, board, chip, layout, url, ...packed, ...of, ...members }, key);
  }

  /** Sends a manifest to a device. @param retain whether the broker keeps it */
  send(iccid: string, manifest: string | Uint8Array, retain = false): void {
    const { broker, brokerServer } = this.#cloud;
    brokerServer.push(broker.publish(`${iccid}/update`, Buffer.from(manifest), 1, this.#world.now, retain));
  }
}
