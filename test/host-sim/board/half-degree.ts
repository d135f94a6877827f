import { Quantity } from "../../../host-sim/board/quantity.js";
import { ByteRegisters } from "../../../host-sim/board/registers.js";

/** The sensor. Its value: `temperature` in °C, 0 to 100. */
export class HalfDegree extends ByteRegisters {
  override readonly quantities = {
    temperature: new Quantity({ unit: "°C", least: 0, most: 100, initial: 21 }),
  };
  powerOn(): void {}
  protected load(): number {
    return this.fault === "lies" ? 0xff : Math.round(2 * this.quantities.temperature.at(this.world.now()));
  }
  protected store(): void {}
}
