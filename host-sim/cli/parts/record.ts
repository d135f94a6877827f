// `--record FILE`: what host and modem say to each other, as JSON lines, secrets taken out (modem/record.ts).

import { closeSync, openSync, writeSync } from "node:fs";
import { Recorder } from "../../modem/record.js";
import type { UartEnd } from "../../world/core.js";
import { UsageError } from "../output/errors.js";

/** A record being written. */
export interface RecordFile {
  /** The same end of a UART, listened to. */
  listen(end: UartEnd): UartEnd;
  close(): void;
}

/** @throws UsageError where the file cannot be written, or is there already */
export function openRecord(path: string): RecordFile {
  let file: number;
  try {
    file = openSync(path, "wx", 0o600);
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new UsageError(`--record: ${there ? `${path} is there already` : `cannot write ${path}`}`);
  }
  const began = performance.now();
  const elapsed = () => Math.round(performance.now() - began);
  let open = true;
  const recorder = new Recorder((entry) => {
    if (open) writeSync(file, `${JSON.stringify(entry)}\n`);
  });
  return {
    listen: (end) => ({
      write: (bytes) => {
        recorder.host(bytes, elapsed());
        end.write(bytes);
      },
      get onData() {
        return end.onData;
      },
      set onData(heard) {
        end.onData =
          heard &&
          ((bytes) => {
            recorder.modem(bytes, elapsed());
            heard(bytes);
          });
      },
      get onClosed() {
        return end.onClosed;
      },
      set onClosed(told) {
        end.onClosed = told;
      },
      setBaud: (baud) => end.setBaud(baud),
      close: () => end.close(),
    }),
    close: () => {
      open = false;
      closeSync(file);
    },
  };
}
