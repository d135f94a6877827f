import { expect, test } from "@jest/globals";
import { Supervisor } from "../../../../host-sim/cli/parts/supervisor.js";

const refused = { code: "socket-refused", message: "127.0.0.1:1883: the remote side refused" };
const supervisor = () => new Supervisor({ messages: 1, commands: 0 });

test("a server that is not there is waited for a little, and not until the time is up", () => {
  const watching = supervisor();
  for (let attempt = 1; attempt <= 3; attempt++) expect(watching.note("failure", refused)).toBeUndefined();
  expect(watching.note("failure", refused)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/\[socket-refused\]: .*start/),
  });
});

test("a server that goes and comes back ends nothing", () => {
  const watching = supervisor();
  for (let outage = 1; outage <= 3; outage++) {
    for (let attempt = 1; attempt <= 3; attempt++) expect(watching.note("failure", refused)).toBeUndefined();
    watching.note("acked", { seq: outage });
  }
});

test("what passes by itself ends nothing, however often it comes", () => {
  const watching = supervisor();
  for (let attempt = 1; attempt <= 20; attempt++)
    expect(watching.note("failure", { code: "socket-closed", message: "closed" })).toBeUndefined();
});

test("where a failure has no advice of its own, that of its cause is given", () => {
  const watching = supervisor();
  watching.note("failure", { code: "tls-closed", message: "the connection ended: no answer", cause: "at-timeout" });
  expect(watching.late(5, "nothing")).toMatchObject({ reason: expect.stringMatching(/\[tls-closed\]: .*wiring/) });
});
