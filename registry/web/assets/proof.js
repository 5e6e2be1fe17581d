// Checks, in the reader's own browser, that an entry is in the log: the path from the entry's hash to the root of the
// tree (RFC 6962 section 2.1.1, as RFC 9162 2.1.3.2 words it), and the log's signature over that root (a C2SP signed
// note, Ed25519). Nothing is asked of the server; whoever doubts us can read this file, or run it elsewhere.

const HEADER = "c2sp.org/tlog-proof@v1";
const ED25519 = 1;
const MOST_HASHES = 63;
const SIZE = /^(?:0|[1-9][0-9]{0,18})$/;
const encoder = new TextEncoder();

/** Why a check failed. `step` is `proof`, `path`, `signature`, `entry` or `browser`. */
export class ProofError extends Error {
  constructor(step, message) {
    super(message);
    this.step = step;
  }
}

function bytesOf(text, step) {
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new ProofError(step, "not base64");
  }
  // One spelling only: other spellings of the same bytes are refused, as everywhere in this log.
  if (btoa(binary) !== text) throw new ProofError(step, "not the one base64 form of its bytes");
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function same(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function bytesOfHex(text) {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new ProofError("entry", "not hexadecimal");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** The hash of an entry as a leaf of the tree: SHA-256 of 00 and its bytes. */
export async function leafHash(entry) {
  return sha256(joined(Uint8Array.of(0), encoder.encode(entry)));
}

async function nodeHash(left, right) {
  return sha256(joined(Uint8Array.of(1), left, right));
}

function sizeOf(text, step) {
  // Sizes go to 2^63; JavaScript's plain numbers do not.
  if (!SIZE.test(text) || BigInt(text) >= 1n << 63n) throw new ProofError(step, "not a size");
  return BigInt(text);
}

/** `{index, hashes, checkpoint}` of a tlog-proof's text. */
export function parseProof(text) {
  const cut = text.indexOf("\n\n");
  const lines = cut < 0 ? [] : text.slice(0, cut).split("\n");
  if (lines.shift() !== HEADER) throw new ProofError("proof", "this is no tlog-proof");
  if (lines[0]?.startsWith("extra ")) bytesOf(lines.shift().slice(6), "proof");
  const first = lines.shift();
  if (!first?.startsWith("index ")) throw new ProofError("proof", "the proof does not say its index");
  const hashes = lines.map((line) => bytesOf(line, "proof"));
  if (hashes.length > MOST_HASHES || hashes.some((one) => one.length !== 32)) {
    throw new ProofError("proof", "a proof has at most 63 hashes of 32 bytes");
  }
  return { index: sizeOf(first.slice(6), "proof"), hashes, checkpoint: text.slice(cut + 2) };
}

/** The root that a path leads to, from the hash of the entry upwards. */
export async function rootOf(hash, index, size, hashes) {
  if (index >= size) throw new ProofError("path", "the entry lies outside the tree");
  if (hash.length !== 32) throw new ProofError("path", "a hash is 32 bytes");
  let root = hash;
  let here = index;
  let last = size - 1n;
  let used = 0;
  while (last > 0n) {
    const sibling = here ^ 1n;
    if (sibling <= last) {
      if (used === hashes.length) throw new ProofError("path", "the path is too short");
      const other = hashes[used++];
      root = here & 1n ? await nodeHash(other, root) : await nodeHash(root, other);
    }
    here >>= 1n;
    last >>= 1n;
  }
  if (used !== hashes.length) throw new ProofError("path", "the path is too long");
  return root;
}

/** `{name, id, key}` of a verifier key `name+id+base64`; its id must be the one that its key has. */
export async function parseKey(text) {
  const [name, id, ...rest] = text.split("+");
  const value = bytesOf(rest.join("+"), "signature");
  if (!name || /\s/.test(name) || value.length !== 33 || value[0] !== ED25519) {
    throw new ProofError("signature", "this is no Ed25519 verifier key");
  }
  const own = await sha256(joined(encoder.encode(`${name}\n`), value));
  if (hexOf(own.slice(0, 4)) !== id) throw new ProofError("signature", "the key's id is not its own");
  return { name, id, key: value.slice(1) };
}

async function verified(key, signature, text) {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    throw new ProofError("browser", "this browser cannot check Ed25519 signatures");
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, text);
}

/** `{origin, size, root}` of a checkpoint that this key signed. A line by another key says nothing either way. */
export async function openCheckpoint(note, key) {
  const cut = note.lastIndexOf("\n\n");
  const lines = note.slice(cut + 2).split("\n");
  if (cut < 0 || lines.pop() !== "" || lines.length < 1 || lines.length > 100 || /[\x00-\x09\x0b-\x1f]/.test(note)) {
    throw new ProofError("signature", "this is no signed note");
  }
  const text = note.slice(0, cut + 1);
  let signed = false;
  for (const line of lines) {
    const parts = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    const blob = parts === null ? null : bytesOf(parts[2], "signature");
    if (blob === null || blob.length < 5) throw new ProofError("signature", "a signature line is malformed");
    if (parts[1] !== key.name || hexOf(blob.slice(0, 4)) !== key.id) continue;
    if (!(await verified(key.key, blob.slice(4), encoder.encode(text)))) {
      throw new ProofError("signature", "the log's signature is not right");
    }
    signed = true;
  }
  if (!signed) throw new ProofError("signature", "the log did not sign this");
  const [origin, size, root, ...more] = text.split("\n");
  if (more.pop() !== "" || more.includes("") || origin !== key.name) {
    throw new ProofError("signature", "this is no checkpoint of that log");
  }
  const rootBytes = bytesOf(root, "signature");
  if (rootBytes.length !== 32) throw new ProofError("signature", "a root is 32 bytes");
  return { origin, size: sizeOf(size, "signature"), root: rootBytes };
}

/**
 * Whether an entry is in the log. `proof` is the tlog-proof's text, `key` the log's verifier key, and the entry is given
 * as its whole text (`entry`), as its leaf hash in hexadecimal (`hash`), or as both, which must agree.
 * Returns `{origin, index, size}`; throws ProofError.
 */
export async function checkProof({ proof, key, entry, hash }) {
  if (!globalThis.crypto?.subtle) throw new ProofError("browser", "this browser offers no cryptography here");
  const parsed = parseProof(proof);
  const leaf = entry === undefined ? bytesOfHex(hash) : await leafHash(entry);
  if (entry !== undefined && hash !== undefined && hexOf(leaf) !== hash) {
    throw new ProofError("entry", "the record is another than the proof is about");
  }
  const checkpoint = await openCheckpoint(parsed.checkpoint, await parseKey(key));
  const root = await rootOf(leaf, parsed.index, checkpoint.size, parsed.hashes);
  if (!same(root, checkpoint.root)) throw new ProofError("path", "the path does not lead to the signed root");
  return { origin: checkpoint.origin, index: parsed.index, size: checkpoint.size };
}

/** Makes the page's button work. The words stand in the page, in its language; here none is made. */
export function install(document) {
  for (const box of document.querySelectorAll("[data-proof]")) {
    const button = box.querySelector("button");
    const part = (name) => box.querySelector(`[data-part="${name}"]`);
    const say = (name) => {
      for (const one of box.querySelectorAll("[data-said]")) one.hidden = one.dataset.said !== name;
    };
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      say("working");
      try {
        const found = await checkProof({
          proof: part("proof").textContent, key: part("key").textContent, hash: part("hash").textContent,
          entry: part("entry")?.textContent,
        });
        part("number").textContent = String(found.index);
        part("size").textContent = String(found.size);
        say("right");
      } catch (error) {
        say(error instanceof ProofError && error.step === "browser" ? "browser" : "wrong");
      } finally {
        button.disabled = false;
      }
    });
  }
}

if (globalThis.document) install(globalThis.document);
