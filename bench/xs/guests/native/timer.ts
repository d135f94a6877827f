// The SDK's module "timer".

// biome-ignore lint/complexity/noStaticOnlyClass: the SDK's module has this shape
export default class Timer {
  static set(callback: (id: object) => void, ms = 0): object {
    return host.setTimer(callback, ms);
  }
  static clear(timer: object): void {
    host.clearTimer(timer);
  }
}
