// A mosquitto of the test's own, on a free loopback port, ended with the test.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface MosquittoTls {
  certPem: string;
  keyPem: string;
}

export interface Mosquitto {
  /** TLS, if asked for. */
  tlsPort: number | undefined;
  /** Plain TCP. */
  port: number;
  /** WebSocket, if asked for. */
  wsPort: number | undefined;
  close(): Promise<void>;
}

/** A port that nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
    server.once("error", reject);
  });
}

/** Starts a broker that admits everybody. */
export async function startMosquitto(tls?: MosquittoTls, webSocket = false): Promise<Mosquitto> {
  const directory = mkdtempSync(join(tmpdir(), "simkey-mosquitto-"));
  const port = await freePort();
  const tlsPort = tls && (await freePort());
  const wsPort = webSocket ? await freePort() : undefined;
  const lines = [
    "per_listener_settings false",
    "allow_anonymous true",
    "persistence false",
    `listener ${port} 127.0.0.1`,
  ];
  if (tls) {
    writeFileSync(join(directory, "cert.pem"), tls.certPem);
    writeFileSync(join(directory, "key.pem"), tls.keyPem, { mode: 0o644 });
    lines.push(`listener ${tlsPort} 127.0.0.1`);
    lines.push(`certfile ${join(directory, "cert.pem")}`, `keyfile ${join(directory, "key.pem")}`);
  }
  if (webSocket) lines.push(`listener ${wsPort} 127.0.0.1`, "protocol websockets");
  const config = join(directory, "mosquitto.conf");
  writeFileSync(config, `${lines.join("\n")}\n`);
  // As root, mosquitto gives its rights up and could not read the files otherwise.
  if (process.getuid?.() === 0) writeFileSync(config, `user root\n${lines.join("\n")}\n`);
  const broker = spawn("mosquitto", ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  broker.stderr!.on("data", (text) => {
    said = (said + text).slice(-2000);
  });
  await listening(broker, port, () => said);
  for (const other of [tlsPort, wsPort]) if (other !== undefined) await listening(broker, other, () => said);
  return {
    port,
    tlsPort,
    wsPort,
    close: async () => {
      const ended = new Promise((resolve) => broker.once("exit", resolve));
      broker.kill();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Settles when something listens on `port`. */
function listening(broker: ChildProcess, port: number, said: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    broker.once("exit", (code) => reject(new Error(`mosquitto ended with ${code}: ${said()}`)));
    const knock = () => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve();
      });
      socket.on("error", () => {
        if (broker.exitCode === null) setTimeout(knock, 20);
      });
    };
    knock();
  });
}
