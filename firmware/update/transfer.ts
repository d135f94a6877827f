// One window of a download: a single streaming request for what is missing of the file, straight into the slot.

import { connect } from "../cloud/connect.js";
import { type RunningRequest, startRequest } from "../http/client.js";
import type { HeaderFields } from "../http/request.js";
import type { Timer } from "../platform/clock.js";
import type { Flash } from "../platform/storage.js";
import { comingOf, lengthOf, rangeFrom } from "./answer.js";
import { UpdateError } from "./error.js";
import type { Manifest } from "./manifest.js";
import type { UpdateOwner } from "./owner.js";
import { fileOffset } from "./rules.js";
import { SlotWriter } from "./slot-writer.js";
import type { WindowVolume } from "./volume.js";

/** Longest window, in milliseconds: as long as that a device hears no command. */
export const WINDOW_MS = 120_000;
/** Until the connection can be written to: CAOPEN alone may take 75 s (SIM7080 AT V1.07 §13). */
const CONNECT_MS = 90_000;
/** A TLS record of 16 KB shows only once it is whole: at 400 bytes a second after 41 s. */
const IDLE_MS = 75_000;

const HEADERS: HeaderFields = [["Accept-Encoding", "identity"]];

export interface TransferParts {
  manifest: Manifest;
  target: Flash;
  owner: Pick<UpdateOwner, "means">;
  volume: Pick<WindowVolume, "comes" | "isWanted" | "watched">;
  timer: Timer;
  roots: readonly Uint8Array[];
  /** Bytes that are there, and the ETag seen with them. */
  from: number;
  etag: number;
  /** The answer is one for this file. */
  onHead: (etag: number) => void;
  /** So many bytes are there now. @throws what is against going on */
  onSector: (done: number) => void;
}

/**
 * Fetches what is missing, as far as a window goes.
 * @returns a request whose answer rejects with `http-timeout` when the window is over, with an UpdateError for what does not
 *   fit, and else with the connection's failure
 */
export function transfer(parts: TransferParts): RunningRequest {
  const { manifest, target, owner, volume, timer, roots, from, etag, onHead, onSector } = parts;
  const { address, query, length } = manifest;
  const { host, port, path } = address;
  const means = owner.means();
  const { size, blockLength } = target.status();
  const writer = new SlotWriter(target, fileOffset(manifest, size, blockLength), length, from, onSector);
  let skip = 0;
  return startRequest({
    // No ALPN: a server might choose HTTP/2 if it were offered.
    io: connect(
      { host, port, tls: { serverName: host, requireAlpn: false, roots } },
      { ...means, TCP: volume.watched(means.TCP) },
    ),
    timer,
    clock: means.clock,
    host: port === 443 ? host : `${host}:${port}`,
    path: query === "" ? path : `${path}?${query}`,
    headers: from === 0 ? HEADERS : [...HEADERS, ["Range", rangeFrom(from)]],
    // Nothing is held of it: what is too long is refused by its head, or by the writer.
    limits: { body: Number.MAX_SAFE_INTEGER },
    deadlines: { connectMs: CONNECT_MS, idleMs: IDLE_MS, totalMs: WINDOW_MS },
    onHead: (head) => {
      volume.comes(lengthOf(head));
      const coming = comingOf(head, { from, length, etag });
      volume.isWanted(coming.bytes);
      skip = coming.skip;
      onHead(coming.etag);
    },
    onBody: (piece) => {
      const old = Math.min(skip, piece.length);
      skip -= old;
      if (old < piece.length) writer.push(piece.subarray(old));
    },
  });
}

/** Bytes of a flash that are read at a time: a whole sector would be 4 KB of XS's heap, beside a decoder's. */
const READ_BYTES = 512;

/** Digest of a part of a flash, a sector at a time. @returns undefined: it was called off */
export async function digestOf(
  flash: Pick<Flash, "read" | "status">,
  [at, length]: readonly [number, number],
  sha256: { update(bytes: Uint8Array): void; digest(): Uint8Array },
  rest: () => Promise<boolean>,
): Promise<Uint8Array | undefined> {
  const { blockLength } = flash.status();
  for (let done = 0; done < length; done += blockLength) {
    const end = Math.min(done + blockLength, length);
    try {
      for (let from = done; from < end; from += READ_BYTES)
        sha256.update(flash.read(Math.min(READ_BYTES, end - from), at + from));
    } catch (error) {
      throw new UpdateError("update-flash", "the slot cannot be read", error);
    }
    if (!(await rest())) return undefined;
  }
  return sha256.digest();
}
