import { describe, expect, test } from "@jest/globals";
import { HTTP_DEADLINES, type HttpRequest, httpRequest, startRequest } from "../../../firmware/http/client.js";
import { HttpError } from "../../../firmware/http/errors.js";
import { Failure } from "../../../firmware/platform/failure.js";
import { ManualTime, Wire } from "./fakes.js";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

function start(options: Partial<HttpRequest> = {}) {
  const time = new ManualTime();
  const wire = new Wire();
  const bodies: string[] = [];
  const promise = httpRequest({
    io: wire.io,
    timer: time,
    clock: time,
    host: "example.com",
    path: "/x",
    onBody: (piece) => bodies.push(Buffer.from(piece).toString()),
    ...options,
  });
  const outcome = promise.then(
    (head) => ({ status: head.status }),
    (error: unknown) => ({ error }),
  );
  return { time, wire, bodies, promise, outcome };
}

const errorOf = async (outcome: Promise<object>) => ((await outcome) as { error?: unknown }).error;

/** After the outcome nothing is left running. */
function expectClean({ time, wire }: { time: ManualTime; wire: Wire }) {
  expect(time.pending).toBe(0);
  expect(wire.closed).toBe(1);
}

describe("an exchange", () => {
  test("sends the request once connected and streams the answer as it comes", async () => {
    const run = start();
    expect(run.wire.sent).toBe("");
    run.wire.connect();
    expect(run.wire.sent).toBe("GET /x HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n");
    run.wire.receive(OK.slice(0, -3));
    expect(run.bodies).toEqual(["he"]);
    run.wire.receive("llo");
    expect(await run.outcome).toEqual({ status: 200 });
    expect(run.bodies.join("")).toBe("hello");
    expectClean(run);
  });

  test("never writes more than there is room for, and goes on when there is room again", async () => {
    const body = new Uint8Array(100).fill(0x62);
    const run = start({ method: "POST", body });
    run.wire.connect(10);
    expect(run.wire.sent).toBe("POST /x HT");
    for (let i = 0; i < 50; i++) run.wire.connect(7);
    expect(run.wire.sent).toMatch(/^POST \/x HTTP\/1\.1\r\n[\s\S]*Content-Length: 100\r\n\r\nb{100}$/);
    run.wire.receive(OK);
    expect(await run.outcome).toEqual({ status: 200 });
  });

  test("a body that ends with the connection is complete then", async () => {
    const run = start();
    run.wire.connect();
    run.wire.receive("HTTP/1.1 200 OK\r\n\r\nall");
    run.wire.end(new Failure("closed", "closed by the peer", "retry"));
    expect(await run.outcome).toEqual({ status: 200 });
    expectClean(run);
  });

  test("an end without a reason, as Moddable's classes report it, is an orderly end", async () => {
    const run = start();
    run.wire.connect();
    run.wire.receive("HTTP/1.1 200 OK\r\n\r\nall");
    run.wire.end();
    expect(await run.outcome).toEqual({ status: 200 });
  });

  test("what comes after the answer, or after the end, is ignored", async () => {
    const run = start();
    run.wire.connect();
    run.wire.receive(`${OK}HTTP/1.1 500 no`);
    run.wire.receive("more");
    run.wire.connect();
    run.wire.end(new Error("late"));
    expect(await run.outcome).toEqual({ status: 200 });
    expectClean(run);
  });
});

test("an answer has the limits that the request names", async () => {
  const run = start({ limits: { body: 4 } });
  run.wire.connect();
  run.wire.receive(OK);
  expect(await errorOf(run.outcome)).toMatchObject({ code: "http-limit" });
});

test("the head alone may be asked for", async () => {
  const time = new ManualTime();
  const wire = new Wire();
  const head = httpRequest({ io: wire.io, timer: time, clock: time, host: "example.com", path: "/x" });
  wire.connect();
  wire.receive(OK);
  expect(await head).toMatchObject({ status: 200, reason: "OK" });
});

describe("a failure", () => {
  test("of the connection is passed on as it is", async () => {
    const run = start();
    const reason = new Failure("tls-name", "wrong name", "back-off");
    run.wire.end(reason);
    expect(await errorOf(run.outcome)).toBe(reason);
    expectClean(run);
  });

  test("of the connection that is not typed becomes so", async () => {
    const run = start();
    run.wire.connect();
    run.wire.end(new Error("reset"));
    expect(await errorOf(run.outcome)).toMatchObject({ code: "http-connection", advice: "back-off" });
  });

  test("to open the connection at all is one too", async () => {
    const run = start({
      io: class {
        constructor() {
          throw new Error("no such modem");
        }
      } as never,
    });
    expect(await errorOf(run.outcome)).toMatchObject({ code: "http-connection" });
    expect(run.time.pending).toBe(0);
  });

  test("is an orderly end before the connection was up", async () => {
    const run = start();
    run.wire.end();
    expect(await errorOf(run.outcome)).toMatchObject({ code: "http-connection" });
  });

  test("is an end within the answer", async () => {
    const run = start();
    run.wire.connect();
    run.wire.receive(OK.slice(0, -1));
    run.wire.end();
    expect(await errorOf(run.outcome)).toMatchObject({ code: "http-truncated", advice: "retry" });
    expectClean(run);
  });

  test("is an answer that is not HTTP", async () => {
    const run = start();
    run.wire.connect();
    run.wire.receive("SSH-2.0-x\r\n");
    expect(await errorOf(run.outcome)).toMatchObject({ code: "http-syntax" });
    expectClean(run);
  });

  test("thrown by the consumer ends the exchange", async () => {
    const reason = new Failure("mine", "no good", "give-up");
    const run = start({
      onBody: () => {
        throw reason;
      },
    });
    run.wire.connect();
    run.wire.receive(OK);
    expect(await errorOf(run.outcome)).toBe(reason);
    expectClean(run);
  });

  test("is to cancel it; once it has settled that is harmless", async () => {
    const time = new ManualTime();
    const wire = new Wire();
    const running = startRequest({ io: wire.io, timer: time, clock: time, host: "example.com", path: "/x" });
    running.cancel();
    running.cancel();
    await expect(running.answer).rejects.toMatchObject({ code: "http-cancelled", advice: "back-off" });
    expectClean({ time, wire });
  });

  test("is a request that must not be sent: nothing is opened", async () => {
    const run = start({ headers: Object.entries({ A: "b\r\nC: d" }) });
    expect(await errorOf(run.outcome)).toBeInstanceOf(HttpError);
    expect(run.wire.opened).toBe(0);
  });
});

describe("deadlines", () => {
  const { connectMs, idleMs, totalMs } = HTTP_DEADLINES;

  test("the connection must come up in time", async () => {
    const run = start();
    run.time.advance(connectMs - 1);
    expect(run.wire.closed).toBe(0);
    run.time.advance(1);
    expect(await errorOf(run.outcome)).toMatchObject({ code: "http-timeout" });
    expectClean(run);
  });

  test("something must move while it is up", async () => {
    const run = start();
    run.time.advance(1000);
    run.wire.connect();
    run.time.advance(idleMs - 1);
    run.wire.receive("HTTP/1.1 ");
    run.time.advance(idleMs - 1);
    expect(run.wire.closed).toBe(0);
    run.time.advance(1);
    expect(await errorOf(run.outcome)).toMatchObject({ code: "http-timeout", advice: "back-off" });
    expectClean(run);
  });

  test("a server that drips is ended by the total", async () => {
    const run = start();
    run.wire.connect();
    for (let t = 0; t < totalMs - 1000; t += 1000) {
      run.time.advance(1000);
      run.wire.receive(t === 0 ? "HTTP/1.1 200 O" : "K");
    }
    expect(run.wire.closed).toBe(0);
    run.time.advance(1000);
    expect(await errorOf(run.outcome)).toMatchObject({ code: "http-timeout" });
    expectClean(run);
  });
});
