// The doors to a simulated modem beside its TCP port: a pseudo terminal through socat, this process's own stdin and stdout.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import type { NodeModem } from "../../modem/node-modem.js";
import { UsageError } from "../output/errors.js";

/** How long the modem may still answer once the input has ended, in milliseconds. */
const LINGER_MS = 1000;
/** How long socat may take to make a terminal, in milliseconds. */
const PATIENCE_MS = 5000;

export interface Pty {
  /** Path to open as a serial port. */
  path: string;
  /** Is rejected when the terminal is gone without `close`; never fulfilled. */
  lost: Promise<never>;
  close(): void;
}

/**
 * Makes a pseudo terminal whose other end is a TCP port.
 * @param link where a symbolic link to it is wanted
 * @throws UsageError where there is no socat; Error when it ends before there is a terminal
 */
export function openPty(port: number, link: string | undefined): Promise<Pty> {
  const terminal = `pty,raw,echo=0${link === undefined ? "" : `,link=${link}`}`;
  const child = spawn("socat", ["-d", "-d", terminal, `tcp:127.0.0.1:${port},nodelay`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => child.kill(), PATIENCE_MS);
    let said = "";
    child.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      reject(
        error.code === "ENOENT"
          ? new UsageError("--pty needs socat (apt install socat, brew install socat); or use --listen")
          : error,
      );
    });
    child.once("exit", () => {
      clearTimeout(limit);
      reject(new Error(`socat made no terminal: ${said.trim().split("\n").at(-1) ?? "it said nothing"}`));
    });
    child.stderr.on("data", (bytes) => {
      said = (said + String(bytes)).slice(-4096);
      const device = /PTY is (\S+)/.exec(said)?.[1];
      // The link is made behind the first line, and before the second.
      if (device === undefined || !said.includes("starting data transfer")) return;
      clearTimeout(limit);
      child.stderr.removeAllListeners("data").resume();
      resolve(held(child, device, link ?? device));
    });
  });
}

/** Keeps the terminal open, so that it stays when a program closes it. */
function held(child: ChildProcess, device: string, path: string): Pty {
  child.removeAllListeners("exit");
  const handle = openSync(device, constants.O_RDWR | constants.O_NOCTTY);
  const lost = new Promise<never>((_, reject) => {
    child.once("exit", () => reject(new Error("the pseudo terminal is gone: socat has ended")));
  });
  // Whoever does not wait for it has closed it, or will.
  lost.catch(() => {});
  return {
    path,
    lost,
    close: () => {
      child.removeAllListeners("exit");
      child.kill();
      closeSync(handle);
    },
  };
}

/** Joins the modem's UART to a pair of streams; settles soon after the input has ended. */
export function joinStreams(
  modem: NodeModem,
  input: NodeJS.ReadableStream,
  output: (bytes: Uint8Array) => void,
): Promise<void> {
  modem.uart.onData = output;
  return new Promise((resolve) => {
    input.on("data", (bytes: Uint8Array | string) => modem.uart.write(Buffer.from(bytes as Uint8Array)));
    input.on("end", () => setTimeout(resolve, LINGER_MS));
  });
}
