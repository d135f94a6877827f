// One row of the table of attacks, and how it is run. Each row starts its server in a TlsLoopback; any TlsClass can be run
// against it.

import { Buffer } from "node:buffer";
import { asFailure } from "../../firmware/platform/failure.js";
import type { TlsClass, TlsCode } from "../../firmware/platform/tls.js";
import type { TlsRow } from "../host-sim/platform/tls-table.js";
import type { TlsLoopback } from "../support/tls-loopback.js";

/** A server's port, and the root that its client trusts if it is not the lab's. */
export type Place = number | { port: number; root: Uint8Array };

export interface Attack {
  name: string;
  /** `ok`: the whole answer of the server arrives. Where two codes stand, libraries differ in when they notice. */
  verdict: readonly (TlsCode | "ok")[];
  /** Key kind of the lab's authorities; P-256 unless the row is about size. */
  kind?: "rsa2048";
  /** Starts the server. */
  serve: (lab: TlsLoopback) => Promise<Place>;
  client?: TlsRow["client"];
  /** Bytes that the server answers a `ping` with; left out: as many as it got. */
  answer?: number;
  /** The failure comes after a good handshake, once this much was answered. */
  afterHandshake?: boolean;
}

/** Runs one row against a class. @returns the verdict: `ok` or a failure's code, with what went before in front of it */
export async function run(attack: Attack, lab: TlsLoopback, TLS: TlsClass): Promise<string> {
  const place = await attack.serve(lab);
  const { port, root } = typeof place === "number" ? { port: place, root: undefined } : place;
  const options = lab.client(port, attack.client);
  if (root !== undefined) options.secure.roots = [root];
  const wanted = attack.answer ?? "ping".length;
  return new Promise((resolve) => {
    let opened = false;
    let heard = 0;
    const finish = (verdict: string) => {
      stream.close();
      resolve(verdict);
    };
    const stream = new TLS({
      ...options,
      onWritable: () => {
        if (!opened) stream.write(Buffer.from("ping"));
        opened = true;
      },
      onReadable: () => {
        for (let bytes = stream.read(); bytes !== undefined; bytes = stream.read()) heard += bytes.byteLength;
        if (heard >= wanted && !attack.afterHandshake) finish("ok");
      },
      onError: (error) => {
        const { code } = asFailure(error);
        // A failure that should have come within the handshake must not come after it, and the other way round.
        const early = attack.afterHandshake === true && heard < wanted;
        const late = attack.afterHandshake !== true && opened;
        finish(early || late ? `${code}, ${early ? "too early" : "after bytes had passed"}` : code);
      },
    });
  });
}
