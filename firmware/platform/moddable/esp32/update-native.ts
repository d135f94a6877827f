// The native side of updates (native/update/update-xs.c). What its functions do is told in native/update/*.h.

/** SHA-256 by mbedTLS. */
export class NativeSha256 extends Native("xs_simkey_sha256_destructor") {
  constructor() {
    super();
    native("xs_simkey_sha256_constructor").call(this);
  }
  update(bytes: Uint8Array): void {
    native("xs_simkey_sha256_update").call(this, bytes);
  }
  digest(): Uint8Array {
    return new Uint8Array(native("xs_simkey_sha256_digest").call(this));
  }
}

/** The slots and the checks. */
export const nativeUpdate = {
  areTwo: (): boolean => native("xs_simkey_slots_are_two").call(undefined),
  state: (): string => native("xs_simkey_slots_state").call(undefined),
  /** @returns simkey_slots_result */
  choose: (): number => native("xs_simkey_slots_choose").call(undefined),
  /** @returns simkey_slots_result */
  confirm: (): number => native("xs_simkey_slots_confirm").call(undefined),
  undo: (): void => native("xs_simkey_slots_undo").call(undefined),
  chip: (): string => native("xs_simkey_slots_chip").call(undefined),
  verify: (message: Uint8Array, signature: Uint8Array, point: Uint8Array): boolean =>
    native("xs_simkey_es256_verify").call(undefined, message, signature, point),
  sha256: () => new NativeSha256(),
};

export type NativeUpdate = typeof nativeUpdate;
