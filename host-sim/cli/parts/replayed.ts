// `simkey modem --replay FILE`: a recorded modem on a TCP port or a pseudo terminal; what the host does otherwise is told.

import { readFileSync } from "node:fs";
import { NodeModem } from "../../modem/node-modem.js";
import { parseRecord, RecordError, Replay } from "../../modem/replay.js";
import { deskEntry } from "../output/entry.js";
import { UsageError } from "../output/errors.js";
import { reporting } from "../output/report.js";
import type { Address } from "./address.js";
import { openPty } from "./doors.js";
import type { Surroundings } from "./surroundings.js";

export interface ReplayOptions {
  replay?: string;
  pty: boolean;
  link?: string;
  delayScale: number;
  json: boolean;
}

/** Plays until it is interrupted. @throws UsageError; Error where the host departed from the record */
export async function replayCommand(options: ReplayOptions, listen: Address, around: Surroundings): Promise<void> {
  const { report, elapsed } = reporting(options.json, around);
  const path = options.replay!;
  let departures = 0;
  const replay = new Replay(read(path), options.delayScale, (line, text) => {
    departures++;
    report(deskEntry(elapsed(), "departure", { line, text }));
  });
  const modem = new NodeModem(replay, { names: { lookup: () => undefined } });
  try {
    const { address, port } = await modem.listen(
      options.pty ? "127.0.0.1" : listen.host,
      options.pty ? 0 : listen.port,
    );
    const pty = options.pty ? await openPty(port, options.link) : undefined;
    report(
      deskEntry(elapsed(), "modem-ready", { modem: `${path} played back, at ${pty?.path ?? `${address}:${port}`}` }),
    );
    await around.interrupted;
    pty?.close();
  } finally {
    await modem.close();
  }
  if (departures > 0)
    throw new Error(`the host departed from the record ${departures === 1 ? "once" : `${departures} times`}`);
}

function read(path: string) {
  try {
    return parseRecord(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(
      `--replay: ${error instanceof RecordError ? `${path}: ${error.message}` : `cannot read ${path}`}`,
    );
  }
}
