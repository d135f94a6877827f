// The module as its parts and commands see it: the time, what is to happen later, the actions that go out, and the other
// parts by what they can be asked. Parts know this contract and not each other; assembly.ts puts them together.

import type { QoS } from "../../firmware/mqtt/packets.js";
import type { ModemAction, ModemTls, NetworkEvent } from "../world/core.js";
import type { Agenda, Job } from "./agenda.js";
import type { DelayName } from "./delays.js";
import type { Faults } from "./faults.js";
import type { Position } from "./motion.js";
import type { Network, Rat } from "./network.js";
import type { ModelName } from "./options.js";
import type { Outcome } from "./outcome.js";
import type { OpenRequest, Socket } from "./socket.js";
import type { Session, Settings, UrcGroup } from "./state.js";
import type { UserData } from "./tpdu.js";

export interface Machine {
  /** Milliseconds since 1970: the latest the world has told. */
  readonly now: number;
  readonly agenda: Agenda;
  readonly model: ModelName;
  readonly firmware: string;
  /** What AT+CGMM tells. */
  readonly identity: string;
  readonly imei: string;
  readonly faults: Faults;
  readonly network: Network;
  /** Outlive power cycles. */
  readonly settings: Settings;
  /** New at each boot. */
  readonly session: Session;
  /** Whether AT+CLTS was on at boot: AUTO_SAVE_REBOOT. */
  readonly nitz: boolean;

  readonly out: OutputPart;
  readonly line: LinePart;
  readonly executor: ExecutorPart;
  readonly power: PowerPart;
  readonly card: CardPart;
  readonly radio: RadioPart;
  readonly pdp: PdpPart;
  readonly sockets: SocketsPart;
  readonly clock: ClockPart;
  readonly data: DataModePart;
  readonly lowPower: LowPowerPart;
  readonly gnss: GnssPart;
  readonly sms: SmsPart;
  readonly streams: StreamsPart;
  readonly traffic: TrafficPart;
  readonly mqtt: MqttPart;
  readonly http: HttpPart;
  readonly ftp: FtpPart;

  act(action: ModemAction): void;
  /** A time from the delay table, scaled, in milliseconds. */
  delay(name: DelayName): number;
  /** True with this probability: for faults that strike by chance. */
  chance(probability: number): boolean;
  /** A realistic time under the delay scale. */
  scaled(ms: number): number;
  /**
   * Does something in `ms` milliseconds, at once when that is none; not at all if the module goes down before.
   * @returns the job, or undefined when it is done already (and may have begun another one)
   */
  after(ms: number, run: () => void): Job | undefined;
  /** As `after`, but never at once. */
  later(ms: number, run: () => void): Job;
  /** Forgets all that does not outlive a loss of power. */
  reset(): void;
}

export interface OutputPart {
  /** True while nothing is printed: what happened before time began. */
  muted: boolean;
  /** Sends bytes as they are. The view is kept: nobody writes to it afterwards. */
  raw(bytes: Uint8Array): void;
  /** An information line of an answer. */
  line(text: string): void;
  /** How a line begins under the fault `no-blank`; else the text as it is. */
  head(text: string): string;
  /** A final result. */
  result(text: string): void;
  /** An unsolicited line, unless its group is switched off (AT+CURCCFG) or the line is in data mode. */
  urc(group: UrcGroup, text: string): void;
  /** The lines of the fault `urc-storm`. */
  storm(): void;
}

export interface LinePart {
  /** Bytes from the host. */
  receive(bytes: Uint8Array): void;
  /**
   * Prints the prompt and collects `count` raw bytes; `then` gets undefined when they do not come within `withinMs`.
   * @param prompt default `> `
   */
  collect(count: number, withinMs: number, then: (body: Uint8Array | undefined) => void, prompt?: string): void;
  /** Prints the prompt and collects text up to Ctrl-Z; `then` gets undefined after ESC. What passes `limit` is lost. */
  collectText(limit: number, then: (text: string | undefined) => void): void;
  /** Works through the waiting input as far as the command in flight allows. */
  drain(): void;
}

export interface ExecutorPart {
  /** True while a line is in flight: what the host sends meanwhile waits. */
  readonly busy: boolean;
  /** Runs a command line. @param text what stood between AT and CR */
  run(text: string): void;
  /** Ends a command that waits for an event, if it is still the one in flight. */
  finish(token: object, outcome: Outcome): void;
}

/**
 * - `unsupplied`: no VBAT; `off`: supplied, waits for PWRKEY
 * - `booting`: no UART yet; `running`; `stopping`: power-down under way, UART dead; `asleep`: PSM
 * - `frozen`: looks powered, does nothing; `zombie`: as frozen, and ignores PWRKEY below 12 s
 */
export type PowerState = "unsupplied" | "off" | "booting" | "running" | "stopping" | "asleep" | "frozen" | "zombie";

export interface PowerPart {
  readonly state: PowerState;
  /** True while the UART is alive. */
  readonly talks: boolean;
  /** When the module last began to run; the clock that was never set counts from here. */
  readonly bootedAt: number;
  /** PWRKEY, 1 is pressed. What a press does is decided when it has lasted long enough. */
  key(level: 0 | 1): void;
  /** VBAT comes (1) or goes (0). With it gone the module is dead at once. */
  supply(level: 0 | 1): void;
  /** Starts as a module that has been on and registered for long: it outlived a reset of its host. */
  beginRunning(): void;
  /** Begins to boot, from whatever state: switched on, told to restart, or crashed. */
  boot(): void;
  /** Switches off in order. @param announced whether NORMAL POWER DOWN is printed */
  powerDown(announced: boolean): void;
  /** Falls asleep (PSM): UART dead, sockets and session gone. @param ms until the periodic update wakes it */
  sleep(ms: number): void;
  /** The supply sags: the module says so and switches itself off. */
  underVoltage(): void;
  /** Off at once, without a word, the supply still there (a brown-out). */
  lose(): void;
  /** Stops doing anything. */
  freeze(as: "frozen" | "zombie"): void;
}

export interface CardPart {
  /** Number of the SIM in the slot, if there is one. */
  readonly index: number | undefined;
  readonly ready: boolean;
  readonly iccid: string;
  readonly imsi: string;
  /** The subscriber's number. */
  readonly msisdn: string;
  /** Powers the card up; it is known after `ms`. @param settled true: SMS Ready was printed long ago */
  begin(ms: number, settled?: boolean): void;
  /** Powers the card down (AT+CFUN=0). */
  end(): void;
  /** Answer to AT+CPIN?. @throws CommandError where there is no state to tell */
  status(): string;
  /** @throws CommandError unless the card is ready */
  demand(): void;
  /** AT+CPIN=. Three wrong ones lock the card. @throws CommandError for a wrong PIN or when none is asked for */
  enter(pin: string): void;
  /** After the right PIN. */
  unlocked(): void;
}

export interface RadioPart {
  readonly registered: boolean;
  /** Technology in use, and its number in CEREG and COPS. */
  readonly rat: Rat;
  readonly act: number;
  /** Looks for a network, if the radio is on and the SIM is ready. @param ms how long it takes; left out: as settings say */
  begin(ms?: number): void;
  /** Radio off (AT+CFUN=0 or 4): PDP contexts and sockets go with it. */
  end(): void;
  /** The network or the settings changed: look again. */
  review(): void;
  /** AT+CGATT=1. @param done once, whether it is registered: at the latest after 75 s */
  attach(done: (registered: boolean) => void): void;
  /** AT+CGATT=0: not registered until `attach`; PDP contexts and sockets end, and it is told. */
  detach(): void;
  /** Number of the technology as AT+CNSMOD tells it; 0: no service. */
  readonly mode: number;
  /** Answer of a registration read, behind `<n>,`, and of its URC. @param name `+CREG`, `+CGREG` or `+CEREG` */
  report(name: string, n: number): string;
}

export interface PdpPart {
  readonly anyActive: boolean;
  /** The address the operator gave the SIM. */
  readonly address: string;
  active(index: number): boolean;
  /** Lines of AT+CNACT?. */
  lines(): string[];
  /** AT+CNACT=x,1 or x,2, checked. @throws CommandError when it is on or coming */
  check(index: number): void;
  /** Begins to activate; the verdict comes as +APP PDP. */
  activate(index: number, automatic: boolean): void;
  /** AT+CNACT=x,0 after its OK. */
  deactivate(index: number): void;
  /** All contexts end. @param told whether +APP PDP is printed (it is not when AT+CFUN=0 took the radio away) */
  lostAll(told: boolean): void;
  /** The module is registered again: automatic contexts come back. */
  registered(): void;
  /** Counts payload for the fault `pdp-drop`. */
  passed(bytes: number): void;
}

/** Bytes of all sockets since the module was made: nothing resets them. */
export interface Moved {
  /** Put into send buffers. */
  sent: number;
  /** Taken by the host. */
  taken: number;
}

export interface SocketsPart {
  readonly moved: Moved;
  get(cid: number): Socket | undefined;
  /** All in use, by id. */
  list(): Socket[];
  /** Begins to open `cid`, which must be free. The result goes to `request.done`. */
  open(cid: number, request: OpenRequest): void;
  /** Puts `bytes` into the send buffer of a connected socket. @returns false: no room, nothing was taken */
  send(socket: Socket, bytes: Uint8Array): boolean;
  /** `address,port,` of the peer, as AT+CASRIP=1 shows them. */
  remote(socket: Socket): string;
  /** Begins to take connections on `request.port`. The result goes to `request.done`. */
  listen(cid: number, request: OpenRequest): void;
  /** Sends all that waits to the host as it is (transparent mode). */
  drain(socket: Socket): void;
  /** Takes up to `count` received bytes for the host; the peer may send as many more. */
  take(socket: Socket, count: number): Uint8Array | undefined;
  close(socket: Socket): void;
  /** The PDP context of some sockets is gone: they are dead, though not released. @param silent the peers are not told */
  pdpLost(index: number, silent: boolean): void;
  /** What the network says about a connection. Events of an id that is not open are late and mean nothing. */
  network(event: NetworkEvent): void;
}

export interface ClockPart {
  /** Whether it was ever set since power-on. */
  readonly known: boolean;
  /** The network's time arrives with registration, where AT+CLTS asked for it. */
  networkTime(): void;
  /** NTP sets UTC, whatever the network's time is, and keeps the zone it was asked for. */
  ntp(zone: number): void;
  /** AT+CCLK=: local time and zone. @returns false when the text is no time */
  set(text: string): boolean;
  /** `yy/MM/dd,hh:mm:ss+zz`, local, as AT+CCLK? tells. */
  text(): string;
}

/** What data mode carries in place of a data call. */
export interface Carried {
  /** Bytes from the host. */
  send(bytes: Uint8Array): void;
  /** Data mode begins, or begins again. */
  resumed(): void;
}

export interface DataModePart {
  /** True while the UART carries data, not commands. */
  readonly online: boolean;
  /** Begins, as after ATD*99#. */
  enter(): void;
  /** Begins to carry a connection's bytes instead (AT+CASWITCH). @param of what it carries */
  join(carried: Carried, of: object): void;
  /** Whether it carries that connection now. */
  carries(of: object): boolean;
  /** The connection is over: back to commands. */
  leave(of: object): void;
  /** ATO. @returns false when there is nothing to go back to */
  resume(): boolean;
  /** ATH, or the network ended it. */
  hangUp(): void;
  /** Bytes from the host: payload, unless they are the escape. */
  receive(bytes: Uint8Array): void;
}

export interface LowPowerPart {
  /** Active time that network and module agreed on, in seconds; undefined: no PSM. */
  readonly activeS: number | undefined;
  /** Cycle in milliseconds; undefined: no eDRX. */
  readonly cycleMs: number | undefined;
  /** Values of AT+CPSMRDP behind the mode: requested T3324 and T3412, then the network's T3324, T3412 extended, T3412. */
  report(): string;
  /** Traffic: the module stays awake a while longer, and what the network held back comes at once. Costs O(1). */
  touch(): void;
  /**
   * Downlink traffic under eDRX waits for the next paging occasion.
   * @returns true: it is kept and comes later
   */
  holds(event: NetworkEvent): boolean;
}

/** How much the receiver may keep of what it knew: nothing, the orbits, all. */
export type GnssStart = "cold" | "warm" | "hot";

/** A fix: where the module is, and the time in milliseconds since 1970. */
export interface Fix extends Position {
  utc: number;
}

export interface GnssPart {
  readonly on: boolean;
  /** Switches it on or off. @param start left out: hot after a fix since boot, else cold */
  power(on: boolean, start?: GnssStart): void;
  /** The sky or the radio changed: search, or lose the fix. */
  review(): void;
  /** The fix of this moment; undefined: none. */
  fix(): Fix | undefined;
  /**
   * Tells fixes as they come, every `everyMs`.
   * @param once true: one, or undefined when there is none within `limitMs`
   */
  report(everyMs: number, once: boolean, limitMs: number, tell: (fix: Fix | undefined) => void): void;
}

/** As AT+CMGL writes it. */
export type MessageStatus = "REC UNREAD" | "REC READ" | "STO UNSENT" | "STO SENT";

/** A message on the card. */
export interface Message {
  status: MessageStatus;
  /** The sender's or the receiver's, with `+` where it is international. */
  number: string;
  /** When the service centre got it, as AT+CCLK writes it; empty for a stored one. */
  at: string;
  data: UserData;
}

export interface SmsPart {
  /** Places in use. */
  readonly used: number;
  /** A message comes from the network; it waits there until the module can be reached. */
  arrive(from: string, text: string): void;
  /** Takes what waits in the network, if the module can be reached. */
  flush(): void;
  get(place: number): Message | undefined;
  /** By place. */
  list(): [place: number, message: Message][];
  /** Marks one as read. */
  read(place: number): void;
  /** @returns its place. @throws CmsError when the card is full */
  store(message: Message): number;
  remove(place: number): void;
  removeAll(statuses: readonly MessageStatus[]): void;
  /** @returns the message reference, 0 to 255 */
  send(to: string, data: UserData): number;
  /** The fields of a message in text mode. @param detailed AT+CSDH=1 */
  headOf(message: Message, detailed: boolean, form: "list" | "read"): string;
  /** Its text as AT+CSCS asks. */
  bodyOf(message: Message): string;
  pduOf(message: Message): { pdu: string; length: number };
}

/** Where a connection of the module's own leads. */
export interface StreamTarget {
  pdp: number;
  host: string;
  port: number;
  tls?: ModemTls | undefined;
}

/** What becomes of it: `connected` or `failed` once; then `data`, and `closed` once unless it is closed from here. */
export interface StreamEvents {
  connected(): void;
  failed(): void;
  data(bytes: Uint8Array): void;
  closed(): void;
}

/** A connection of the module's own clients. */
export interface Stream {
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface StreamsPart {
  open(target: StreamTarget, events: StreamEvents): Stream;
  /** What the network says about one. */
  network(event: NetworkEvent): void;
  pdpLost(index: number): void;
}

export interface TrafficPart {
  sent(pdp: number, bytes: number): void;
  received(pdp: number, bytes: number): void;
  /** A line of AT+CNII. */
  line(pdp: number): string;
}

export interface MqttPart {
  /** 0 disconnected, 1 connected, 2 connected to a session that the broker kept. */
  readonly state: 0 | 1 | 2;
  /** @param done once, for each of these */
  connect(done: (ok: boolean) => void): void;
  publish(topic: string, payload: Uint8Array, qos: QoS, retain: boolean, done: (ok: boolean) => void): void;
  subscribe(filter: string, qos: QoS, done: (ok: boolean) => void): void;
  unsubscribe(filter: string, done: (ok: boolean) => void): void;
  disconnect(): void;
}

export interface HttpRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: Uint8Array | undefined;
}

export interface HttpResult {
  status: number;
  /** Header lines, each with its CR LF. */
  head: string;
  body: Uint8Array;
}

export interface FtpPart {
  /** A download is under way, or its bytes wait. */
  readonly busy: boolean;
  /** Begins one; `+FTPGET` tells of it. */
  get(): void;
  /** Takes up to `count` bytes that have come. */
  read(count: number): Uint8Array;
  /** Behind a read, when its answer is out: tells of what is left. */
  told(): void;
  quit(): void;
}

export interface HttpPart {
  readonly connected: boolean;
  /** The last answer. */
  readonly result: HttpResult | undefined;
  connect(done: (ok: boolean) => void): void;
  /** @param done gets undefined when there was no sound answer */
  request(request: HttpRequest, done: (result: HttpResult | undefined) => void): void;
  disconnect(): void;
  /** GET of a URL on a connection of its own. */
  download(url: string, done: (result: HttpResult | undefined) => void): void;
}
