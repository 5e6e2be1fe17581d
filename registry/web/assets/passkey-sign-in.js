// Signs in with a passkey: asks for a challenge when the button is pressed, has the passkey answer it, and sends the
// page's own form. Everything that matters is checked by the server.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function answer(form) {
  const asked = await fetch(form.dataset.passkeySignIn, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: "{}", credentials: "omit",
  });
  if (!asked.ok) throw new Error("no challenge");
  const options = await asked.json();
  const given = await navigator.credentials.get({
    publicKey: { challenge: bytes(options.challenge), rpId: options.rp_id, userVerification: "required" },
  });
  const response = {
    clientDataJSON: text(given.response.clientDataJSON),
    authenticatorData: text(given.response.authenticatorData),
    signature: text(given.response.signature),
  };
  return JSON.stringify({ id: given.id, rawId: text(given.rawId), type: given.type, response });
}

for (const form of document.querySelectorAll("form[data-passkey-sign-in]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-passkey-failed]");
    failed.hidden = true;
    try {
      form.elements.assertion.value = await answer(form);
      form.submit();
    } catch {
      // Called off by the person, no passkey here, or no network: the sentence says what else there is.
      failed.hidden = false;
    }
  });
}
