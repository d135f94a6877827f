import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { CertificateAuthority, expired, type KeyKind, notYetValid, pem } from "../../../../host-sim/cloud/node/ca.js";

const NOW = Date.UTC(2026, 0, 1);

function chainOf(text: string): X509Certificate[] {
  return [...text.matchAll(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----\n/g)].map(([one]) => new X509Certificate(one));
}

describe.each<KeyKind>(["p256", "rsa2048"])("an authority with %s keys", (kind) => {
  test("issues a leaf that Node verifies link by link up to its root", async () => {
    const authority = await CertificateAuthority.create("Root", NOW, kind);
    const { chainPem, keyPem } = await authority.serverIdentity(["a.example", "b.example"]);
    const [leaf, intermediate] = chainOf(chainPem) as [X509Certificate, X509Certificate];
    const root = new X509Certificate(Buffer.from(authority.rootDer));
    expect(root.toString()).toBe(new X509Certificate(authority.rootPem).toString());
    expect(leaf.checkIssued(intermediate) && leaf.verify(intermediate.publicKey)).toBe(true);
    expect(intermediate.checkIssued(root) && intermediate.verify(root.publicKey)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect([leaf.ca, intermediate.ca, root.ca]).toEqual([false, true, true]);
    expect(leaf.checkHost("b.example")).toBe("b.example");
    expect(leaf.checkHost("c.example")).toBeUndefined();
    expect(leaf.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
  });
});

test("a cross-signed root bears the root's name and key under another signature", async () => {
  const [own, older] = await Promise.all([
    CertificateAuthority.create("Own", NOW),
    CertificateAuthority.create("Older", NOW),
  ]);
  const crossed = new X509Certificate(pem(await own.crossSigned(older)));
  const root = new X509Certificate(own.rootPem);
  expect(crossed.subject).toBe(root.subject);
  expect(crossed.publicKey.export({ format: "jwk" })).toEqual(root.publicKey.export({ format: "jwk" }));
  expect(crossed.verify(new X509Certificate(older.rootPem).publicKey)).toBe(true);
  expect(crossed.verify(root.publicKey)).toBe(false);
});

test.each([
  ["expired", expired(NOW), (leaf: X509Certificate) => Date.parse(leaf.validTo) < NOW],
  ["not valid yet", notYetValid(NOW), (leaf: X509Certificate) => Date.parse(leaf.validFrom) > NOW],
])("a leaf may be %s", async (_, validity, holds) => {
  const authority = await CertificateAuthority.create("Root", NOW);
  const [leaf] = chainOf((await authority.serverIdentity(["a.example"], { validity })).chainPem);
  expect(holds(leaf!)).toBe(true);
});
