// Says how much of a text's limit is used. Nothing is cut off: what is too long is for its author to shorten.
"use strict";

for (const shown of document.querySelectorAll("[data-counts]")) {
  const text = document.getElementById(shown.dataset.counts);
  const limit = Number(text.dataset.limit);
  const count = () => {
    const used = [...text.value].length;
    shown.textContent = shown.dataset.words.replace("{used}", String(used));
    shown.classList.toggle("is-over", used > limit);
  };
  count();
  shown.hidden = false;
  text.addEventListener("input", count);
}
