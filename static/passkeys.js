// Passkeys: asks our own address what is to be signed or made, lets the browser do it, and sends the form with the answer.
// A form that needs it is hidden until the browser is known to be able to.
"use strict";

const toBytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
};

const toText = (buffer) => {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const withBytes = (known) => known.map((one) => ({ ...one, id: toBytes(one.id) }));

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials ?? []),
    },
  });
  return answer(made, { attestationObject: toText(made.response.attestationObject) });
}

async function show(options) {
  const shown = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials ?? []),
    },
  });
  return answer(shown, {
    authenticatorData: toText(shown.response.authenticatorData),
    signature: toText(shown.response.signature),
    userHandle: shown.response.userHandle ? toText(shown.response.userHandle) : null,
  });
}

function answer(credential, response) {
  const clientDataJSON = toText(credential.response.clientDataJSON);
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response: { ...response, clientDataJSON },
  });
}

async function act(form) {
  const says = form.querySelector("[data-says]");
  says.textContent = form.dataset.waiting;
  try {
    const options = await fetch(form.dataset.challenge, { headers: { Accept: "application/json" } });
    if (options.redirected || !options.ok) throw new Error(String(options.status));
    const wanted = await options.json();
    form.elements.passkey.value = await (form.dataset.passkey === "make" ? make(wanted) : show(wanted));
    form.submit();
  } catch {
    says.textContent = form.dataset.failed;
  }
}

if (window.PublicKeyCredential) {
  for (const words of document.querySelectorAll("[data-without-passkeys]")) words.hidden = true;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      act(form);
    });
  }
}
