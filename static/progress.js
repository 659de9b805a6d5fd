// Keeps the page of a campaign or an import fresh. Without it the page has a link to refresh. Says aloud only what is worth interrupting for.
"use strict";

const INTERVAL = 1000;
const STEPS = [25, 50, 75];

class Watch {
  constructor(live, said) {
    this.live = live;
    this.said = said;
    this.step = this.stepOf(Number(live.querySelector("[data-percent]")?.textContent ?? 0));
    this.failures = 0;
    live.classList.add("is-live");
  }

  stepOf(percent) {
    return STEPS.filter((step) => percent >= step).length;
  }

  async tick() {
    try {
      const answer = await fetch(this.live.dataset.progress, { headers: { Accept: "application/json" } });
      if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
      await this.show(await answer.json());
      this.failures = 0;
    } catch {
      this.failures += 1;
      this.live.classList.toggle("is-live", this.failures < 3);
    }
    if (this.goesOn()) setTimeout(() => this.tick(), this.delay());
  }

  goesOn() {
    const { state, going } = this.live.dataset;
    return going ? going.split(" ").includes(state) : !["sent", "cancelled"].includes(state);
  }

  delay() {
    return document.hidden ? 10 * INTERVAL : INTERVAL * Math.min(2 ** this.failures, 30);
  }

  async show(now) {
    const begins = this.live.dataset.total === "0" && now.total > 0;
    const isHeld = now.held !== this.live.dataset.held;
    const leaves = "undo" in this.live.dataset && !now.undo_left;
    if (now.state !== this.live.dataset.state || begins || leaves || isHeld) {
      await this.reload();
      const isNew = !begins && !leaves && !isHeld;
      const held = isHeld ? [...this.live.querySelectorAll("[data-held-words]")].map((one) => one.textContent).join(" ") : "";
      this.say(isNew ? [now.state_words, now.words, now.trouble].filter(Boolean).join(". ") : held || now.words);
      return;
    }
    this.put("[data-undo-left]", now.undo_left);
    if (now.total) this.live.querySelector("[data-bar]").value = now.percent;
    this.put("[data-words]", now.words);
    this.put("[data-percent]", now.percent);
    this.put("[data-pace]", now.pace);
    for (const [state, number] of Object.entries(now.numbers)) {
      const count = this.live.querySelector(`[data-count="${state}"]`);
      (count.querySelector("dd a") ?? count.querySelector("dd")).textContent = number;
      if (number !== "0") count.hidden = false;
    }
    if (this.stepOf(now.percent) !== this.step) {
      this.step = this.stepOf(now.percent);
      this.say(now.words);
    }
    this.showTrouble(now);
  }

  // Said once when it begins and once when it is over, not at every look.
  showTrouble(now) {
    const notice = this.live.querySelector("[data-trouble]");
    const words = notice.querySelector("[data-trouble-words]");
    if (words.textContent === now.trouble) return;
    words.textContent = now.trouble;
    notice.hidden = !now.trouble;
    this.say(now.trouble ? notice.textContent : now.words);
  }

  // The buttons and the report depend on the state: take them from the page as it is now.
  async reload() {
    const answer = await fetch(location.href);
    if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    const hadFocus = this.live.contains(document.activeElement);
    fresh.classList.add("is-live");
    this.live.replaceWith(fresh);
    this.live = fresh;
    document.title = page.title;
    document.querySelector(".flashes").replaceChildren();
    if (hadFocus) document.getElementById("how-far").focus();
  }

  put(place, words) {
    const element = this.live.querySelector(place);
    if (element) element.textContent = words;
  }

  say(words) {
    this.said.textContent = words;
  }
}

const watch = new Watch(document.getElementById("live"), document.querySelector("[data-said]"));
setTimeout(() => watch.tick(), INTERVAL);
