// Listens where the firmware hands its MQTT bytes to TLS: what it says, before any network can delay or lose it.

import type { BufferLike } from "../../firmware/platform/io.js";
import { bytesOf } from "../../firmware/platform/io.js";
import type { TlsClass } from "../../firmware/platform/tls.js";
import { type ClientPacket, MqttViolation, type OtherLevel, PacketReader } from "../cloud/mqtt-wire.js";

/** The protocol by which a connection to a broker is told from the others. */
const MQTT = "mqtt";
const MAX_PAYLOAD = 128 * 1024;

export interface Listener {
  /** A connection is dialled. */
  dialled(host: string): void;
  /** A whole packet was handed over on MQTT connection `stream`. */
  packet(stream: number, packet: ClientPacket | OtherLevel): void;
  /** What was handed over is no MQTT. */
  violation(message: string): void;
}

/** A TLS class that tells what is written to it. */
export function tapped(TLS: TlsClass, listener: Listener, nextStream: () => number): TlsClass {
  return class extends TLS {
    readonly #reader: PacketReader | undefined;
    readonly #stream: number;

    constructor(options: ConstructorParameters<TlsClass>[0]) {
      super(options);
      listener.dialled(options.host);
      const { applicationLayerProtocolNegotiation: names = [] } = options.secure;
      this.#reader = names.includes(MQTT) ? new PacketReader(MAX_PAYLOAD) : undefined;
      this.#stream = nextStream();
    }

    override write(bytes: BufferLike): number {
      const room = super.write(bytes);
      this.#heard(bytesOf(bytes).slice());
      return room;
    }

    #heard(bytes: Uint8Array): void {
      if (this.#reader === undefined) return;
      try {
        this.#reader.push(bytes);
        for (let packet = this.#reader.next(); packet; packet = this.#reader.next()) {
          listener.packet(this.#stream, packet);
        }
      } catch (error) {
        if (!(error instanceof MqttViolation)) throw error;
        listener.violation(error.message);
      }
    }
  };
}
