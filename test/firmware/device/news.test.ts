import { describe, expect, test } from "@jest/globals";
import { News } from "../../../firmware/device/news.js";
import { isCondition } from "../../../firmware/settings/rules.js";

const seen = (condition: string, values: readonly unknown[]) => {
  const news = new News(condition);
  return values.map((temperature) => news.look("{}", JSON.stringify({ temperature })));
};

describe("what is to be said at once", () => {
  test("is that a number passes a limit, and that it comes back; not that it stays there", () => {
    expect(seen("temperature>30", [20, 31, 35, 30, 29, 31])).toEqual([false, true, false, true, false, true]);
    expect(seen("temperature<-5.5", [0, -5.5, -5.6, -20, 3])).toEqual([false, false, true, false, true]);
  });

  test("a first record that is so already is news", () => {
    expect(seen("temperature>30", [31, 32])).toEqual([true, false]);
  });

  test("a record that does not tell changes nothing", () => {
    expect(seen("temperature>30", [31, undefined, null, "99", {}, 32, 20])).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test("the app's number counts before the record's own", () => {
    const news = new News("rssi<-100");
    expect(news.look('{"rssi":-110}', undefined)).toBe(true);
    expect(news.look('{"rssi":-110}', '{"rssi":-50}')).toBe(true);
    expect(news.look('{"rssi":-110}', '{"other":1}')).toBe(true);
    expect(news.look("no JSON", '{"rssi":')).toBe(false);
  });

  test.each(["temperature>30", "t<-5", "a1>0.25"])("%s is a condition", (text) => expect(isCondition(text)).toBe(true));
  test.each(["", "temperature", ">3", "t>", "t>=3", "t>1e3", "t >3", "a.b>1", "1a>2", `${"x".repeat(25)}>1`, "t>3 "])(
    "%j is none",
    (text) => expect(isCondition(text)).toBe(false),
  );
});
