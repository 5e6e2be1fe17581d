// Opens a release with node's jose, as a collector's own program would: no code of ours takes part.
// stdin {jwe, key: private JWK, jwks, issuer, audience, now} -> stdout {jwe: header, jws: header, claims}
import { compactDecrypt, createLocalJWKSet, importJWK, jwtVerify } from 'jose'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const { jwe, key, jwks, issuer, audience, now } = JSON.parse(Buffer.concat(chunks).toString())

try {
  const privateKey = await importJWK(key, 'ECDH-ES')
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey, {
    keyManagementAlgorithms: ['ECDH-ES'],
    contentEncryptionAlgorithms: ['A256GCM'],
  })
  const jws = new TextDecoder().decode(plaintext)
  const verified = await jwtVerify(jws, createLocalJWKSet(jwks), {
    algorithms: ['EdDSA'],
    typ: 'consentry-release+jwt',
    issuer,
    audience,
    currentDate: new Date(now * 1000),
  })
  process.stdout.write(JSON.stringify({ jwe: protectedHeader, jws: verified.protectedHeader, claims: verified.payload }))
} catch (error) {
  // Its code only: jose's errors carry the claims, and with them the number.
  process.stderr.write(String(error.code ?? error.name))
  process.exitCode = 1
}
