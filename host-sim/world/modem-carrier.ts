// Carries a modem core in virtual time: its UART, its sockets in the virtual network, its deadlines.

import { Alarm } from "./alarm.js";
import type { Connection, ConnectionEvents, Origin } from "./connection.js";
import type { ModemAction, ModemCore, NetworkEvent } from "./core.js";
import type { VirtualNetwork } from "./network.js";
import type { Scheduler } from "./scheduler.js";
import type { UartModemEnd, VirtualUart } from "./uart.js";

/** A modem in a virtual world. */
export class ModemCarrier implements UartModemEnd {
  readonly #core: ModemCore;
  readonly #scheduler: Scheduler;
  readonly #network: VirtualNetwork;
  readonly #origin: Origin;
  readonly #alarm: Alarm;
  readonly #connections = new Map<number, Connection>();
  #uart: VirtualUart | undefined;

  constructor(core: ModemCore, scheduler: Scheduler, network: VirtualNetwork, origin: Origin) {
    this.#core = core;
    this.#scheduler = scheduler;
    this.#network = network;
    // The modem tells its receive window itself.
    this.#origin = { ...origin, window: 0 };
    this.#alarm = new Alarm(scheduler, () => this.push(core.poll(scheduler.now)));
  }

  /** Joins the modem to its UART and lets it begin. */
  attach(uart: VirtualUart): void {
    this.#uart = uart;
    this.push([]);
  }

  fromHost(bytes: Uint8Array): void {
    this.push(this.#core.uart(bytes, this.#scheduler.now));
  }

  powerKey(level: 0 | 1): void {
    this.push(this.#core.powerKey(level, this.#scheduler.now));
  }

  /** Carries out what the core decided; public for whoever drives the core from outside (faults). */
  push(actions: readonly ModemAction[]): void {
    for (const action of actions) this.#do(action);
    this.#alarm.set(this.#core.nextDeadline());
  }

  #do(action: ModemAction): void {
    switch (action.do) {
      case "uart":
        this.#uart!.toHost(action.bytes);
        break;
      case "baud":
        this.#uart!.setModemBaud(action.baud);
        break;
      case "connect":
        // UDP and the modem's own TLS have no virtual counterpart.
        if (action.udp || action.tls) this.#refuse(action.cid, "unreachable");
        else this.#connect(action.cid, action.host, action.port);
        break;
      case "listen":
        this.#refuse(action.cid, "bind");
        break;
      case "accept":
        break;
      case "send":
        this.#connections.get(action.cid)?.send(action.bytes);
        break;
      case "window":
        this.#connections.get(action.cid)?.consume(action.bytes);
        break;
      case "close":
        this.#connections.get(action.cid)?.close(action.silent);
        this.#connections.delete(action.cid);
        break;
      // Nobody is at the other end of messages in a virtual world.
      case "sms":
    }
  }

  #refuse(cid: number, reason: "unreachable" | "bind"): void {
    this.#scheduler.at(this.#scheduler.now, () =>
      this.push(this.#core.network({ event: "failed", cid, reason }, this.#scheduler.now)),
    );
  }

  #connect(cid: number, host: string, port: number): void {
    this.#connections.get(cid)?.close();
    const tell = (event: NetworkEvent) => this.push(this.#core.network(event, this.#scheduler.now));
    const ended = (event: NetworkEvent) => {
      this.#connections.delete(cid);
      tell(event);
    };
    const events: ConnectionEvents = {
      connected: () => tell({ event: "connected", cid }),
      failed: (reason) => ended({ event: "failed", cid, reason }),
      data: (bytes) => tell({ event: "data", cid, bytes }),
      acked: (count) => tell({ event: "acked", cid, count }),
      closed: () => ended({ event: "closed", cid }),
    };
    const connection = this.#network.connect(host, port, this.#origin, events);
    this.#connections.set(cid, connection);
  }
}
