// Signs RFC 6979 §A.2.5's message twice, checks the signature and tells the instructions of the second.

const hex = (text: string) => Uint8Array.from(text.match(/../g)!, (digits) => Number.parseInt(digits, 16));

export function signTwice(sign: (message: Uint8Array, d: Uint8Array) => Uint8Array): void {
  const d = hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
  const message = Uint8Array.from("sample", (c) => c.charCodeAt(0));
  sign(message, d);
  const began = host.meter();
  const signature = sign(message, d);
  host.print(JSON.stringify({ work: "sign", instructions: host.meter() - began }));
  if (signature[0] !== 0xef || signature[63] !== 0xa8) throw new Error("not RFC 6979's signature");
  host.end();
}
