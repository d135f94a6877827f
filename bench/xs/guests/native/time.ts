// The SDK's module "time".

// biome-ignore lint/complexity/noStaticOnlyClass: the SDK's module has this shape
export default class Time {
  static get ticks(): number {
    return host.now();
  }
  static delta(start: number, end = host.now()): number {
    return end - start;
  }
}
