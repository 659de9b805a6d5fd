// Counts the audience again whenever something is ticked. Without it there is a button for that.
"use strict";

const WAIT = 250;

class Audience {
  constructor(form) {
    this.form = form;
    this.timer = 0;
    this.asking = null;
    form.querySelector("[data-count-again]")?.setAttribute("hidden", "");
    form.addEventListener("change", () => this.soon());
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.count(), WAIT);
  }

  async count() {
    this.asking?.abort();
    this.asking = new AbortController();
    const chosen = new URLSearchParams(new FormData(this.form));
    chosen.delete("csrf_token");
    try {
      const answer = await fetch(`${this.form.dataset.audience}?${chosen}`, {
        headers: { Accept: "application/json" },
        signal: this.asking.signal,
      });
      if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
      this.show(await answer.json());
    } catch (trouble) {
      if (trouble.name !== "AbortError") this.form.querySelector("[data-count-again]")?.removeAttribute("hidden");
    }
  }

  show(now) {
    this.put("people", now.people);
    this.put("words", now.words);
    const warning = this.put("warning", now.warning);
    warning.hidden = !now.warning;
  }

  put(place, words) {
    const element = this.form.querySelector(`[data-audience-${place}]`);
    if (element.textContent !== words) element.textContent = words;
    return element;
  }
}

new Audience(document.querySelector("[data-audience]"));
