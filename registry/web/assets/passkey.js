// Passkeys in a page's own forms (WebAuthn level 3). A form says by data attributes what is wanted; its answer goes
// into the form's hidden input, and the form is sent. Everything that matters is checked by the server.
//
//   data-passkey        get: an answer to a challenge · create: a new passkey · sign: an officer's or borrower's act
//   data-challenge      what is signed, base64url
//   data-rp-id          the host that passkeys here are bound to
//   data-credentials    get: which passkeys, by credential; create: those that there are already; spaces between
//   data-passkeys       sign: credential=passkey of each that may sign; spaces between
//   data-as, data-party sign: "officer" or "borrower", and whose id
//   data-user, data-user-name   create: an id of the holder (base64url), and what the device calls him
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const words = (said) => (said || "").split(" ").filter((one) => one !== "");
const known = (credentials) => credentials.map((id) => ({ type: "public-key", id: bytes(id) }));

// What PublicKeyCredential.toJSON() gives, which not every browser has yet.
const plain = (given, response) => ({
  id: given.id, rawId: text(given.rawId), type: given.type,
  clientExtensionResults: given.getClientExtensionResults(), response,
});

const ask = (wanted, credentials) => navigator.credentials.get({
  publicKey: {
    challenge: bytes(wanted.challenge), rpId: wanted.rpId, allowCredentials: known(credentials),
    userVerification: "required",
  },
});

async function answer(wanted) {
  const given = await ask(wanted, words(wanted.credentials));
  const said = given.response;
  const response = {
    clientDataJSON: text(said.clientDataJSON), authenticatorData: text(said.authenticatorData),
    signature: text(said.signature),
  };
  if (said.userHandle !== null) response.userHandle = text(said.userHandle);
  return plain(given, response);
}

async function make(wanted) {
  const given = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(wanted.challenge), rp: { id: wanted.rpId, name: wanted.rpId },
      user: { id: bytes(wanted.user), name: wanted.userName, displayName: wanted.userName },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -8 }],
      excludeCredentials: known(words(wanted.credentials)), attestation: "none",
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
    },
  });
  const said = given.response;
  return plain(given, {
    clientDataJSON: text(said.clientDataJSON), attestationObject: text(said.attestationObject),
    transports: said.getTransports(),
  });
}

async function sign(wanted) {
  const passkeys = new Map(words(wanted.passkeys).map((one) => one.split("=")));
  const given = await ask(wanted, [...passkeys.keys()]);
  return {
    [wanted.as]: wanted.party, alg: "webauthn", passkey: passkeys.get(given.id),
    client_data: text(given.response.clientDataJSON), authenticator_data: text(given.response.authenticatorData),
    sig: text(given.response.signature),
  };
}

const WAYS = { get: answer, create: make, sign };

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const failed = form.querySelector("[data-passkey-failed]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const found = await WAYS[form.dataset.passkey](form.dataset);
      form.querySelector("input[data-passkey-answer]").value = JSON.stringify(found);
      // The pressed button says which way the form goes; sending it by script would leave its name out.
      const pressed = event.submitter;
      if (pressed !== null && pressed.name !== "") {
        const named = document.createElement("input");
        Object.assign(named, { type: "hidden", name: pressed.name, value: pressed.value });
        form.append(named);
      }
      form.submit();
    } catch {
      // Called off by the person, no such passkey here, or none at all: the sentence says what else there is.
      failed.hidden = false;
      failed.focus();
    }
  });
}
