// An operator's connection to the broker: MQTT 3.1.1 with QoS 1, over TCP or TLS, by mqtt-packet. One connection; whoever wants
// another makes one.

import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import mqtt, { type Packet } from "mqtt-packet";

export interface OperatorLinkOptions {
  host: string;
  port: number;
  /** Left out: clear text. */
  tls?: {
    /** PEM; left out: those that Node trusts. */
    ca?: string;
    /** The operator's own certificate and its key, PEM: as AWS IoT Core wants it. */
    cert?: string;
    key?: string;
    alpn?: string;
  };
  clientId: string;
  /** What comes while nobody is connected is kept by the broker (CleanSession 0, MQTT 3.1.1 §3.1.2.4); left out: it is not. */
  session?: "kept";
  username?: string;
  password?: string;
  keepAliveS: number;
  onMessage: (topic: string, payload: string) => void;
  /** Once, when it is over, by `close` too. */
  onClosed: (why: Error) => void;
}

/** How long a broker may take to answer, in milliseconds. */
const ANSWER_MS = 20_000;

/** What CONNACK's return codes say (MQTT 3.1.1 §3.2.2.3). */
const REFUSALS = ["", "protocol", "client id", "unavailable", "user name or password", "not authorized"];

export class OperatorLink {
  readonly #options: OperatorLinkOptions;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { done: () => void; failed: (why: Error) => void }>();
  #id = 0;
  #isOver = false;
  #ping: NodeJS.Timeout | undefined;
  #connack: ((why?: Error) => void) | undefined;

  private constructor(options: OperatorLinkOptions) {
    this.#options = options;
    const { host, port, tls } = options;
    this.#socket = tls
      ? connectTls({
          ...{ host, port, ca: tls.ca, cert: tls.cert, key: tls.key },
          ...(/[a-z]/i.test(host) && { servername: host }),
          ...(tls.alpn && { ALPNProtocols: [tls.alpn] }),
        })
      : connectTcp({ host, port });
    const parser = mqtt.parser({ protocolVersion: 4 });
    parser.on("packet", (packet: Packet) => this.#take(packet));
    parser.on("error", (error: Error) => this.#end(error));
    this.#socket.on("data", (bytes) => parser.parse(bytes));
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end(new Error(`${host}:${port} has closed the connection`)));
    this.#socket.once(tls ? "secureConnect" : "connect", () => this.#hello());
  }

  /** Settles when the broker has taken it. @throws Error */
  static async open(options: OperatorLinkOptions): Promise<OperatorLink> {
    const link = new OperatorLink(options);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => link.#end(new Error(`${options.host} does not answer`)), ANSWER_MS);
      link.#connack = (why) => {
        clearTimeout(timer);
        if (why === undefined) resolve();
        else reject(why);
      };
    });
    return link;
  }

  /** Settles with SUBACK. @throws Error when it is refused */
  async subscribe(topic: string): Promise<void> {
    const messageId = this.#nextId();
    await this.#answered(messageId, { cmd: "subscribe", messageId, subscriptions: [{ topic, qos: 1 }] });
  }

  /** Settles with PUBACK. */
  async publish(topic: string, payload: string, retain: boolean): Promise<void> {
    const messageId = this.#nextId();
    await this.#answered(messageId, { cmd: "publish", messageId, topic, payload, qos: 1, retain, dup: false });
  }

  close(): void {
    if (!this.#isOver) this.#send({ cmd: "disconnect" });
    this.#end(new Error("closed"));
  }

  #hello(): void {
    const { clientId, session, username, password, keepAliveS } = this.#options;
    const clean = session === undefined;
    this.#send({
      ...{ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean, clientId, keepalive: keepAliveS },
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: Buffer.from(password) }),
    });
    this.#ping = setInterval(() => this.#send({ cmd: "pingreq" }), (keepAliveS * 1000) / 2);
  }

  #take(packet: Packet): void {
    if (packet.cmd === "connack") {
      const code = packet.returnCode ?? 0;
      if (code === 0) this.#connack?.();
      else this.#end(new Error(`the broker refuses the connection: ${REFUSALS[code] ?? code}`));
    } else if (packet.cmd === "publish") {
      if (packet.qos === 1) this.#send({ cmd: "puback", messageId: packet.messageId! });
      this.#options.onMessage(packet.topic, packet.payload.toString());
    } else if (packet.cmd === "puback" || packet.cmd === "suback") {
      const waiting = this.#waiting.get(packet.messageId!);
      this.#waiting.delete(packet.messageId!);
      const isRefused = packet.cmd === "suback" && packet.granted[0] === 0x80;
      if (isRefused) waiting?.failed(new Error("the broker refuses the subscription"));
      else waiting?.done();
    }
  }

  #nextId(): number {
    this.#id = (this.#id % 0xffff) + 1;
    return this.#id;
  }

  #answered(messageId: number, packet: Packet): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#isOver) {
        failed(new Error("the connection is over"));
        return;
      }
      this.#waiting.set(messageId, { done, failed });
      this.#send(packet);
    });
  }

  #send(packet: Packet): void {
    if (!this.#isOver) this.#socket.write(mqtt.generate(packet));
  }

  #end(why: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#ping);
    this.#socket.destroySoon();
    this.#connack?.(why);
    for (const { failed } of this.#waiting.values()) failed(why);
    this.#waiting.clear();
    this.#options.onClosed(why);
  }
}
