// Keeps what is typed in the form of a statement: on the server, where its author is offered it again and colleagues learn
// that somebody is editing, and in this browser, for when the server can't be reached or the session has ended.
"use strict";

const KEEP_AFTER = 2500;
const KEEP_AT_LATEST = 15000;
const PRESENCE_EVERY = 45000;
const COPY_LASTS = 7 * 24 * 3600 * 1000;
const SAVING_TAKES = 60 * 1000;
const COPY_PREFIX = "communique:";
const NOT_TYPED = ["csrf_token", "version", "key"];

function fieldsOf(form) {
  const fields = [...new FormData(form)];
  return fields.filter(([name, value]) => typeof value === "string" && !NOT_TYPED.includes(name) && !name.startsWith("preview"));
}

function timeOf(moment) {
  return new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}

// What this browser kept of one form. Without storage (a private window, say) nothing is kept here, and nothing breaks.
class Copy {
  constructor(name) {
    this.name = COPY_PREFIX + name;
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.name));
    } catch {
      return null;
    }
  }

  write(kept) {
    try {
      localStorage.setItem(this.name, JSON.stringify(kept));
    } catch {
      // full, or not allowed
    }
  }

  drop() {
    try {
      localStorage.removeItem(this.name);
    } catch {
      // not allowed
    }
  }
}

// All that this browser kept of the openings of one form; nothing where storage is not allowed.
function copiesOf(place) {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(`${COPY_PREFIX}${place}:`));
    return names.map((name) => new Copy(name.slice(COPY_PREFIX.length)));
  } catch {
    return [];
  }
}

class Keeper {
  constructor(form) {
    this.form = form;
    this.data = form.dataset;
    this.version = form.elements.version.value;
    this.place = [this.data.author, this.data.statement || "new", this.data.translation].join(":");
    this.copy = new Copy(`${this.place}:${form.elements.key?.value || ""}`);
    this.last = JSON.stringify(fieldsOf(form));
    this.isTyped = false;
    this.kept = document.querySelector("[data-kept]");
    this.said = document.querySelector("[data-kept-said]");
    this.offer();
    const discard = document.querySelector("[data-discard]");
    discard?.addEventListener("click", () => new Copy(`${this.place}:${discard.dataset.discard}`).drop());
    for (const name of ["input", "change"]) form.addEventListener(name, () => this.touched());
    // a button that fills the frame of the preview leaves nothing
    form.addEventListener("submit", (event) => event.submitter?.formTarget || this.leave());
    window.addEventListener("pageshow", (event) => event.persisted && this.stay());
    document.addEventListener("visibilitychange", () => document.hidden && this.pending && this.keep());
    this.stay();
    if (this.data.unsaved) this.cameBack();
  }

  // The form was sent and is shown again, or was filled from elsewhere: what stands in it is kept as if it were typed.
  cameBack() {
    this.last = "";
    this.touched();
  }

  stay() {
    clearInterval(this.presence);
    this.presence = setInterval(() => document.hidden || this.send(false), PRESENCE_EVERY);
    this.send(false);
  }

  leave() {
    clearInterval(this.presence);
    clearTimeout(this.pending);
    this.pending = this.since = undefined;
    this.running?.abort();
    const isCopy = JSON.stringify(this.copy.read()?.fields) === JSON.stringify(fieldsOf(this.form));
    if (this.isTyped || isCopy) this.write({ submitted: Date.now() });
  }

  write(more = {}) {
    this.copy.write({ at: Date.now(), version: this.version, fields: fieldsOf(this.form), ...more });
  }

  touched() {
    this.isTyped = true;
    this.write();
    if (JSON.stringify(fieldsOf(this.form)) === this.last) return;
    clearTimeout(this.pending);
    this.since ??= Date.now();
    this.pending = setTimeout(() => this.keep(), Date.now() - this.since > KEEP_AT_LATEST ? 0 : KEEP_AFTER);
  }

  keep() {
    clearTimeout(this.pending);
    this.pending = this.since = undefined;
    this.last = JSON.stringify(fieldsOf(this.form));
    return this.send(true);
  }

  async send(isTyped, isSecond = false) {
    if (this.isKeeping && !isTyped) return;
    this.running?.abort();
    this.isKeeping = isTyped;
    const mine = (this.running = new AbortController());
    const body = new FormData(this.form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    if (this.data.statement) body.set("statement_id", this.data.statement);
    if (this.data.translation) body.set("translation", this.data.translation);
    if (isTyped) body.set("typed", "yes");
    try {
      const answer = await fetch(this.data.keep, { method: "POST", body, signal: mine.signal });
      if (answer.ok && !answer.redirected) return this.done(await answer.json(), isTyped);
      if (answer.status === 400 && !isSecond && (await this.renew())) return await this.send(isTyped, true);
      this.fail(isTyped, answer.status === 401 || answer.status === 400 ? this.data.signedOut : this.data.failed);
    } catch (error) {
      if (error.name !== "AbortError") this.fail(isTyped, this.data.failed);
    } finally {
      if (this.running === mine) this.isKeeping = false;
    }
  }

  done(answer, isTyped) {
    const others = document.querySelector("[data-others]");
    if (others && others.textContent !== answer.others) {
      others.textContent = answer.others;
      others.hidden = !answer.others;
    }
    if (!isTyped) {
      if (this.failed) this.keep();
      return;
    }
    this.kept.textContent = answer.saved;
    if (!this.wasSaid || this.failed) this.said.textContent = answer.saved;
    this.wasSaid = true;
    this.failed = false;
  }

  // Said once. What isn't on the server is sent again with the next sign of presence.
  fail(isTyped, words) {
    if (isTyped) this.failed = true;
    if (this.failed) this.show(words);
  }

  show(words) {
    if (this.kept.textContent === words) return;
    this.kept.textContent = words;
    this.said.textContent = words;
  }

  // Somebody signed in again in another tab: the token of this page is of their earlier session.
  async renew() {
    const answer = await fetch(this.data.token, { headers: { Accept: "application/json" } });
    if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("application/json")) return false;
    const { token } = await answer.json();
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    return true;
  }

  // What this browser kept of other openings of the form is offered, the newest, unless the server offers something.
  offer() {
    const found = copiesOf(this.place).filter((copy) => this.isWorthIt(copy));
    const copy = this.data.offered ? undefined : found.sort((one, other) => other.read().at - one.read().at)[0];
    if (!copy) return;
    const box = document.querySelector("[data-local]");
    box.querySelector("[data-local-words]").textContent = box.dataset.words.replace("{time}", timeOf(copy.read().at));
    box.hidden = false;
    const decided = () => {
      copy.drop();
      box.hidden = true;
      this.form.elements.title.focus();
    };
    box.querySelector("[data-local-take]").addEventListener("click", () => {
      this.put(copy.read());
      decided();
    });
    box.querySelector("[data-local-drop]").addEventListener("click", decided);
  }

  isWorthIt(copy) {
    const kept = copy.read();
    const isSame = kept && JSON.stringify(kept.fields) === this.last;
    const isShown = kept?.submitted && this.data.unsaved;
    if (!kept || isSame || isShown) return false;
    const isSaved = kept.submitted && Number(this.version) > Number(kept.version);
    if (isSaved || Date.now() - kept.at > COPY_LASTS) copy.drop();
    return !isSaved && Date.now() - kept.at <= COPY_LASTS;
  }

  // With the version that it was based on: what a colleague saved since then is not replaced unseen.
  put({ fields, version }) {
    this.version = this.form.elements.version.value = version;
    for (const control of this.form.elements) {
      const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
      if (["checkbox", "radio"].includes(control.type)) control.checked = values.includes(control.value);
      else if (values.length && !["file", "hidden"].includes(control.type)) control.value = values[0];
    }
    this.form.elements.title.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// The page of a statement comes after a save: what was sent from its form, or from that of a new one, has arrived.
function dropSaved({ savedForms: author, statement, version }) {
  for (const name of Object.keys(localStorage)) {
    const [, whose, of] = name.split(":");
    if (!name.startsWith(COPY_PREFIX) || whose !== author || ![statement, "new"].includes(of)) continue;
    const copy = new Copy(name.slice(COPY_PREFIX.length));
    const kept = copy.read();
    const isSaved = of === "new" ? Date.now() - kept?.submitted < SAVING_TAKES : Number(version) > Number(kept?.version);
    if (kept?.submitted && isSaved) copy.drop();
  }
}

for (const form of document.querySelectorAll("form[data-keep]")) new Keeper(form);
for (const page of document.querySelectorAll("[data-saved-forms]")) {
  try {
    dropSaved(page.dataset);
  } catch {
    // storage is not allowed here
  }
}
