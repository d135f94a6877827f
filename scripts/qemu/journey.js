// The journey of an emulated device, as its console and its cloud tell it: when it is over, and how it went.

import { payloadsOf } from "./attacks.js";
import { ConsoleError, ConsoleTalk } from "./console.js";
import { entryOf } from "./console-line.js";

/** Between two payloads of an attack, in milliseconds: a device takes so many commands a second. */
const ATTACK_MS = 1_500;
/** How long the device has to answer once an attack is over, and for its counters at the end, in milliseconds. */
const AFTER_MS = 60_000;
const STATUS_MS = 15_000;
/** Between two attempts at a proof. */
const PROOF_MS = 4_000;
/** What proves that a device is deaf no longer. */
const PROOF = { id: "after", cmd: "ping" };
const GREETING = { id: "1", cmd: "ping" };
const FIGURES = [
  ...["acked", "recorded", "lost", "received", "answered", "onboardings", "reconnects"],
  ...["uartTxBytes", "uartRxBytes", "airTxBytes", "airRxBytes"],
];

/** Causes of a start that are faults (firmware/device/boot-record.ts). */
const UNWANTED = /^(engine|panic|watchdog|brown-out|unknown)/;

/** The stage of a modem whose key is pressed (firmware/modem/sim7080). */
const PRESSING = /^pressing the power key/;
/** Topic of a device's updates, behind its name. */
const UPDATE = "update";

const bytesOf = (value) => Buffer.from(JSON.stringify(value));
// What is waited for is the emulator: it alone keeps the program running.
const wait = (ms) => new Promise((done) => setTimeout(done, ms).unref());

export class Journey {
  #parts;
  #talk;
  #began = performance.now();
  #settle;
  #counts = { start: 0, acked: 0, recorded: 0, command: 0, answered: 0, connected: 0 };
  #figures = {};
  #greeted = false;
  #isOver = false;
  #isSettled = false;
  /** Settles when it is over: with nothing, or a reason why it failed. */
  done;

  /**
   * @param parts.desk see `openQemuDesk`
   * @param parts.report takes entries
   * @param parts.options of the command line
   * @param parts.update `watch`, see `UpdateWatch`, and `manifest`, what the device is sent; left out: no update
   * @param parts.show writes a line of the console that is none of the log's; left out: it is reported
   */
  constructor(parts) {
    this.#parts = parts;
    this.done = new Promise((settle) => {
      this.#settle = settle;
    });
  }

  /** The chip is switched on, or on again. @param type writes to its UART 0 */
  start(type) {
    this.#talk = new ConsoleTalk(type);
    if (this.timer !== undefined) return;
    const { timeout } = this.#parts.options;
    this.timer = setTimeout(() => this.#end(`not done within ${timeout} s`), Number(timeout) * 1000);
    this.timer.unref();
  }

  get #t() {
    return Math.round(performance.now() - this.#began);
  }

  /** What was done to the device. */
  note(entry) {
    this.#tell({ t: this.#t, ...entry });
  }

  /** Once it is over nothing is told but the summary, which is the last line: the device speaks on until its power is off. */
  #tell(entry) {
    if (!this.#isSettled) this.#parts.report(entry);
  }

  /** A line of the console. */
  line(text) {
    if (this.#isSettled) return;
    const { show } = this.#parts;
    const entry = entryOf(text, this.#t);
    if (entry === undefined) {
      const asked = this.#talk?.isAsking;
      this.#talk?.heard(text);
      if (text === "" || (asked && !show)) return;
      if (show) show(text);
      else this.#tell({ t: this.#t, event: "console", text });
      return;
    }
    this.#tell(entry);
    this.#noted(entry);
  }

  #noted(entry) {
    const { event, message, stack, reset } = entry;
    const counts = this.#counts;
    const { update } = this.#parts;
    update?.watch.entry(entry);
    if (Object.hasOwn(counts, event)) counts[event]++;
    if (event === "start" && counts.start === 1) this.#atStart();
    // No wire leads from the emulated pin to the simulated key: what the firmware says that it does is done for it.
    if (event === "stage" && PRESSING.test(String(entry.detail))) this.#parts.desk.pressKey();
    // What nobody asked for: XS has ended, the C has, or a watchdog saw to it.
    const isUnwanted = UNWANTED.test(String(reset)) && update?.watch.expectsFall !== true;
    if (event === "start" && counts.start > 1 && isUnwanted) this.#end(`it restarted by itself: ${reset}`);
    if (event === "fault") this.#end(`a fault: ${message} ${stack ?? ""}`);
    if (event === "connected" && counts.connected === 1) this.#atConnected();
    if (event === this.#parts.options.until) this.#end();
    this.#check();
  }

  /** A device with a key of its own has none at first. */
  #atStart() {
    const { register } = this.#parts.desk;
    if (register === undefined) return;
    this.#work(async () => {
      // Its parts are put together a moment after this line.
      await wait(3_000);
      let lines;
      try {
        lines = await this.#talk.ask("key public");
      } catch (error) {
        if (!(error instanceof ConsoleError)) throw error;
        lines = await this.#talk.ask("key generate");
      }
      const text = lines.join("\n");
      const [pem] = /-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/.exec(text) ?? [];
      if (pem === undefined) throw new ConsoleError(`the console showed no key: ${text.slice(0, 100)}`);
      register(`${pem}\n`);
    });
  }

  /** What is typed for the user. */
  #atConnected() {
    this.#work(async () => {
      for (const line of this.#parts.options.type) {
        const answer = await this.#talk.ask(line).catch((error) => {
          if (error instanceof ConsoleError) return [error.message];
          throw error;
        });
        this.#tell({ t: this.#t, event: "console", text: [line, ...answer].join("\n") });
      }
      this.#typed = true;
      this.#check();
    });
  }
  #typed = false;

  #work(work) {
    work().catch((error) => this.#end(error.message));
  }

  /** What the cloud sees, and the server of images. */
  cloud(event) {
    if (this.#parts.update) this.#ofUpdate(event, this.#parts.update);
    if (event.type !== "publish" || event.clientId === undefined || this.#greeted) return;
    this.#greeted = true;
    const { clientId } = event;
    const { attack } = this.#parts.options;
    // Not from inside the core, which is just handling the PUBLISH.
    setImmediate(() =>
      this.#work(async () => {
        if (attack === undefined) {
          this.#parts.desk.send(clientId, bytesOf(GREETING));
          return;
        }
        await this.#attack(clientId, payloadsOf(attack));
      }),
    );
  }

  #ofUpdate(event, { watch, manifest }) {
    const { desk } = this.#parts;
    if (event.type === "update-file") {
      const { from, status } = event;
      watch.request(event);
      this.#tell({ t: this.#t, event: "served", from, status });
    }
    if (event.type !== "publish" || event.clientId === undefined) return;
    const { clientId, topic, payload } = event;
    if (watch.takeTurn()) setImmediate(() => desk.send(clientId, Buffer.from(manifest), UPDATE));
    if (topic !== `${clientId}/${UPDATE}/state`) return;
    const told = JSON.parse(Buffer.from(payload).toString("utf8"));
    this.#tell({ t: this.#t, event: "told", ...told });
    if (!watch.report(told)) return;
    this.#work(async () => {
      // What the device itself says it is at.
      const lines = await this.#talk.ask("update");
      const { running } = JSON.parse(lines.find((line) => line.startsWith("{")) ?? "{}");
      await this.#askStatus();
      this.#end(watch.fault(running));
    });
  }

  async #attack(clientId, payloads) {
    const { desk } = this.#parts;
    for (const [i, payload] of payloads.entries()) {
      this.#tell({ t: this.#t, event: "attack", payload: i + 1, of: payloads.length, bytes: payload.length });
      desk.send(clientId, payload);
      await wait(ATTACK_MS);
    }
    const answered = this.#counts.answered;
    // A device that has had its share of commands takes one each ten seconds, and refuses what comes in between.
    for (let ms = 0; ms < AFTER_MS && this.#counts.answered === answered; ms += PROOF_MS) {
      desk.send(clientId, bytesOf(PROOF));
      await wait(PROOF_MS);
    }
    if (this.#counts.answered === answered) throw new Error("after the attack it answers no command");
    this.#withstood = true;
    this.#check();
  }
  #withstood = false;

  #check() {
    const { messages, transport, attack, type, until } = this.#parts.options;
    const { acked, answered } = this.#counts;
    if (this.#isOver || messages === "0" || until !== undefined || this.#parts.update !== undefined) return;
    const heard = transport === "https" || answered > 0;
    const proved = attack === undefined || this.#withstood;
    if (acked - answered < Number(messages) || !heard || !proved || (type.length > 0 && !this.#typed)) return;
    this.#isOver = true;
    this.#work(async () => {
      await this.#askStatus();
      this.#end();
    });
  }

  /** The device's own counters, over the console. */
  async #askStatus() {
    try {
      const lines = await this.#talk.ask("status", STATUS_MS);
      this.#figures = JSON.parse(lines.find((line) => line.startsWith("{")) ?? "{}");
    } catch {
      // The journey is over as it is: the figures are for people.
    }
  }

  #end(reason) {
    clearTimeout(this.timer);
    this.#isSettled = true;
    this.#settle({ reason });
  }

  /** The last line. @returns whether it went well */
  summary(reason) {
    const { report } = this.#parts;
    this.#isSettled = true;
    const counted = { ...this.#counts, received: this.#counts.command, lost: 0 };
    const figures = Object.fromEntries(FIGURES.map((name) => [name, this.#figures[name] ?? counted[name] ?? 0]));
    const verdict = reason === undefined ? { ok: true } : { ok: false, reason };
    report({ t: this.#t, event: "summary", ...verdict, starts: this.#counts.start, ...figures });
    return reason === undefined;
  }
}
