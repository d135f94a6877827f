// What a modem says, at the hands of the readers of its lines.

import { latin1 } from "../../../../firmware/bytes/utf8.js";
import { cmeAdvice, cmeNumber } from "../../../../firmware/modem/at/cme.js";
import { type Command, fields, isReply } from "../../../../firmware/modem/at/command.js";
import { errorResult } from "../../../../firmware/modem/at/error.js";
import { AtReader, MAX_LINE_BYTES } from "../../../../firmware/modem/at/reader.js";
import { urcOf } from "../../../../firmware/modem/at/urc.js";
import { ALL_URCS } from "../../../../firmware/modem/models.js";
import { GPRS_REGISTRATION, readAnyCell } from "../../../../firmware/modem/sim7070/commands.js";
import * as basic from "../../../../firmware/modem/sim7080/commands/basic.js";
import * as identity from "../../../../firmware/modem/sim7080/commands/identity.js";
import * as network from "../../../../firmware/modem/sim7080/commands/network.js";
import * as signal from "../../../../firmware/modem/sim7080/commands/signal.js";
import * as sleep from "../../../../firmware/modem/sim7080/commands/sleep.js";
import * as socket from "../../../../firmware/modem/sim7080/commands/socket.js";
import * as time from "../../../../firmware/modem/sim7080/commands/time.js";
import { Failure } from "../../../../firmware/platform/failure.js";
import { feed } from "./feed.js";

const isCommand = (value: unknown): value is Command<unknown> =>
  typeof value === "object" && value !== null && "parse" in value;
const COMMANDS: readonly Command<unknown>[] = [
  ...[basic, identity, network, signal, sleep, socket, time].flatMap((all) => Object.values(all).filter(isCommand)),
  ...[
    socket.open(1, "host.example", 443),
    socket.readAcknowledged(1),
    socket.receive(1, 1460),
    GPRS_REGISTRATION.read,
    readAnyCell,
  ],
];
/** Lines of an input that are read: what comes of each is kept until all are. */
const LINES = 8;

feed({
  "at-reader": (input) => {
    const reader = new AtReader();
    const events: unknown[] = [];
    reader.expectation = { echo: "AT+CARECV=0,1460", prompt: true, body: { prefix: "+CARECV:", max: 1460 } };
    reader.push(input);
    for (let event = reader.next(); event; event = reader.next()) {
      events.push(event.type === "body" ? [event.type, event.bytes.slice()] : { ...event });
    }
    return events;
  },
  "at-answers": (input) => {
    const lines = latin1(input).split("\n");
    return COMMANDS.map((command) => {
      const mine = lines.filter((line) => isReply(command, line));
      try {
        return command.parse({ lines: mine, body: undefined });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return error.message;
      }
    });
  },
  "at-lines": (input) =>
    latin1(input)
      .split("\n", LINES)
      .map((line) => line.slice(0, MAX_LINE_BYTES))
      .map((line) => {
        const number = cmeNumber(line);
        const { code, message, advice } = errorResult("AT", line, {});
        return [
          ALL_URCS.map(({ parse }) => parse?.(line)),
          number,
          cmeAdvice(number),
          urcOf(ALL_URCS, line)?.prefix,
          fields(line).length,
          code,
          message,
          advice,
        ];
      }),
});
