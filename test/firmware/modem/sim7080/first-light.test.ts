import { expect, test } from "@jest/globals";
import { encodeUtf8 } from "../../../../firmware/bytes/utf8.js";
import { Rig } from "../rig.js";

test("from power-on to bytes echoed and an orderly close", async () => {
  const rig = new Rig();
  const status = await rig.settle(rig.modem.up());
  expect(status.iccid).toMatch(/^\d{19}$/);
  const client = rig.client();
  await rig.world.run(() => client.room > 0, 60_000);
  client.write(encodeUtf8("hello quit"));
  await rig.world.run(() => client.error !== undefined, 60_000);
  expect(client.text).toBe("hello quit");
  expect(client.error?.code).toBe("closed");
});
