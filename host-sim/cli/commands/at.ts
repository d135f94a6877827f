// `simkey at`: a console on a modem's AT line. What is typed goes out line by line; what comes is shown as it comes, URCs too.

import { createInterface } from "node:readline";
import { bytesOf, type SerialPort } from "../../../firmware/platform/io.js";
import { DEFAULT_BAUD, parseModem } from "../parts/address.js";
import { openDesk } from "../parts/desk.js";
import { faultsAt, nowOnly } from "../parts/faults.js";
import { openRecord } from "../parts/record.js";
import type { Surroundings } from "../parts/surroundings.js";

export interface AtOptions {
  modem: string;
  fault: string[];
  record?: string;
}

/** How long to listen on after the last line of a script, in milliseconds. */
const LINGER_MS = 1_000;

/** @throws UsageError; what opening the modem throws; the line's failure when it breaks */
export async function atCommand(options: AtOptions, around: Surroundings): Promise<void> {
  const modem = parseModem(options.modem);
  const record = options.record === undefined ? undefined : openRecord(options.record);
  const desk = await openDesk({
    listen: record?.listen,
    modem,
    faults: nowOnly(faultsAt(modem, options.fault)),
    delayScale: 1,
    env: around.env,
    poweredOn: true,
  });
  around.stderr(`${desk.description}; AT commands go out as you type them, Ctrl-D ends\n`);
  const input = createInterface({ input: around.stdin });
  try {
    await new Promise<void>((resolve, reject) => {
      let port: SerialPort | undefined;
      let room = 0;
      const waiting: Buffer[] = [];
      const send = () => {
        while (port && waiting.length > 0 && waiting[0]!.length <= room) room = port.write(waiting.shift()!);
      };
      port = new desk.Serial({
        baud: modem.kind === "serial" ? modem.baud : DEFAULT_BAUD,
        onReadable: () => {
          const bytes = port?.read();
          if (bytes) around.stdout(Buffer.from(bytesOf(bytes)).toString("latin1"));
        },
        onWritable: (count) => {
          room = count;
          send();
        },
        onError: (error) => reject(error ?? new Error("the modem's line is gone")),
      });
      input.on("line", (line) => {
        waiting.push(Buffer.from(`${line}\r`, "latin1"));
        send();
      });
      input.on("close", () => setTimeout(resolve, LINGER_MS));
      void around.interrupted.then(resolve);
    });
  } finally {
    input.close();
    await desk.close();
    record?.close();
  }
}
