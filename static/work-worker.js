// Looks for the number that makes the SHA-256 of "token:number" begin with so many zero bits.
"use strict";

const encoder = new TextEncoder();
const AT_ONCE = 256;

async function leadingZeros(text) {
  const digest = new DataView(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  return Math.clz32(digest.getUint32(0));
}

async function solve(token, bits) {
  for (let first = 0; ; first += AT_ONCE) {
    const zeros = await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => leadingZeros(`${token}:${first + at}`)));
    const found = zeros.findIndex((number) => number >= bits);
    if (found >= 0) {
      return String(first + found);
    }
  }
}

addEventListener("message", async (event) => {
  let number = "";
  try {
    number = await solve(event.data.token, event.data.bits);
  } catch {
    // an old browser, or a page that didn't come by HTTPS: the form is sent without
  }
  postMessage(number);
});
