// What is used here of the Moddable SDK's modules and of XS's globals, for the compiler on a machine without the SDK.
// mcconfig does not see this file: there the SDK's own typings hold.

declare module "timer" {
  class Timer {
    private brand: boolean;
    static set(callback: (timer: Timer) => void, interval?: number): Timer;
    static clear(timer: Timer): void;
  }
  export default Timer;
}

declare module "time" {
  const Time: { ticks: number; delta(start: number, end?: number): number };
  export default Time;
}

declare module "mc/config" {
  const config: Record<string, unknown>;
  export default config;
}

declare module "embedded:io/serial" {
  const Serial: unknown;
  export default Serial;
}

declare module "embedded:io/socket/tcp" {
  const TCP: unknown;
  export default TCP;
}

declare module "embedded:io/digital" {
  class Digital {
    static readonly Output: number;
    constructor(options: { pin: number; mode: number; initialValue?: 0 | 1 });
    write(value: 0 | 1): void;
  }
  export default Digital;
}

declare module "embedded:io/analog" {
  class Analog {
    constructor(options: { pin: number });
    format: string;
    readonly resolution: number;
    read(): number;
    close(): void;
  }
  export default Analog;
}

declare module "embedded:io/i2c" {
  const I2C: unknown;
  export default I2C;
}

declare module "embedded:io/pwm" {
  const PWM: unknown;
  export default PWM;
}

declare module "embedded:io/smbus" {
  const SMBus: unknown;
  export default SMBus;
}

declare module "embedded:storage/files" {
  const files: unknown;
  export default files;
}

declare module "embedded:storage/key-value" {
  const KeyValue: {
    open(options: { path: string; format?: "buffer" }): {
      read(key: string): unknown;
      write(key: string, value: ArrayBuffer): void;
      delete(key: string): void;
    };
  };
  export default KeyValue;
}

declare module "embedded:storage/flash" {
  const Flash: {
    open(options: { path: string }): {
      read(byteLength: number, byteOffset: number): ArrayBuffer;
      write(bytes: ArrayBuffer, byteOffset: number): void;
      eraseBlock(block: number): void;
      status(): { size: number; blockLength: number; blocks: number };
    };
  };
  export default Flash;
}

/** Writes to the console. */
declare function trace(text: string): void;
// biome-ignore lint/suspicious/noExplicitAny: as XS declares it
declare function native(name: string): (...values: any[]) => any;
// biome-ignore lint/suspicious/noExplicitAny: as XS declares it
declare function Native(name: string): new (...values: any[]) => any;
