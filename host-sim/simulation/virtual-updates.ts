// The cloud's side of updates in a virtual world: a server of images under the root that the firmware trusts for them, the key
// that signs releases, and manifests on their way.

import { builtInRoots } from "../../firmware/cloud/roots.js";
import { type ImageContent, imageOf } from "../boot/image.js";
import { HTTPS_PORT } from "../cloud/names.js";
import { UPDATE_HOST, type UpdateEvent, UpdateServer } from "../cloud/updates/file-server.js";
import { manifestFor, type SimulatedKey, simulatedKey } from "../cloud/updates/release.js";
import type { Server } from "../world/server.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { modelCertificates } from "./model-certificates.js";
import type { VirtualCloud } from "./virtual-cloud.js";

/** The keys that simulated boards are delivered with. */
export const RELEASE_KEYS: readonly [SimulatedKey, SimulatedKey] = [
  simulatedKey("release-1"),
  simulatedKey("release-2"),
];

export class VirtualUpdates {
  readonly files: UpdateServer;
  readonly server: Server;
  readonly #world: VirtualWorld;
  readonly #cloud: VirtualCloud;

  constructor(world: VirtualWorld, cloud: VirtualCloud, onEvent?: (event: UpdateEvent) => void) {
    const [root] = builtInRoots();
    this.#world = world;
    this.#cloud = cloud;
    this.files = new UpdateServer(onEvent);
    this.server = world.server({
      core: this.files,
      at: [{ host: UPDATE_HOST, port: HTTPS_PORT }],
      tls: { policy: this.files, certificates: modelCertificates({ updates: [UPDATE_HOST] }, root!, world.now) },
    });
  }

  /**
   * Makes an image and puts it on the server.
   * @param bytes of the image
   * @param members more of its manifest, or others
   * @returns its manifest
   */
  release(content: ImageContent, bytes: number, members: object = {}, key: SimulatedKey = RELEASE_KEYS[0]): string {
    const { seq, version, board, chip, layout } = content;
    const image = imageOf(content, bytes);
    const url = this.files.put(`/${seq}/${board}.bin`, image);
    return manifestFor(image, { seq, version, board, chip, layout, url, ...members }, key);
  }

  /** Sends a manifest to a device. @param retain whether the broker keeps it */
  send(iccid: string, manifest: string | Uint8Array, retain = false): void {
    const { broker, brokerServer } = this.#cloud;
    brokerServer.push(broker.publish(`${iccid}/update`, Buffer.from(manifest), 1, this.#world.now, retain));
  }
}
