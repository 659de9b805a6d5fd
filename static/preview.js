"use strict";

// Shows the real mail while somebody writes it. Without this script, the button fills the frame.

const REST = 700;

class Preview {
  constructor(section) {
    this.section = section;
    this.frame = section.querySelector("iframe");
    this.about = section.querySelector("[data-preview-about]");
    this.said = section.querySelector("[data-preview-said]");
    const beside = document.getElementById(section.dataset.previewForm ?? "");
    this.form = beside ?? section.querySelector("form");
    this.loaded = this.whenLoaded();
    section.addEventListener("change", () => this.refresh());
    section.addEventListener("keydown", (event) => this.pressed(event));
    section.querySelector("button[formtarget]").addEventListener("click", (event) => this.asked(event));
    if (beside) {
      beside.addEventListener("input", () => this.wait());
      this.refresh();
    }
  }

  whenLoaded() {
    const page = this.frame.contentDocument;
    if (page && page.URL !== "about:blank" && page.readyState === "complete") return Promise.resolve();
    return new Promise((resolve) => this.frame.addEventListener("load", resolve, { once: true }));
  }

  // Enter in a field of the preview shows it; it doesn't save what is being written.
  pressed(event) {
    if (event.key === "Enter" && event.target.matches("input[type=text]")) this.asked(event);
  }

  async asked(event) {
    event.preventDefault();
    this.said.textContent = "";
    if (await this.refresh()) this.said.textContent = this.section.dataset.previewDone;
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), REST);
  }

  async refresh() {
    clearTimeout(this.timer);
    this.running?.abort();
    const mine = (this.running = new AbortController());
    try {
      const made = await this.ask(mine.signal);
      await this.loaded;
      if (mine.signal.aborted) return false;
      this.about.innerHTML = made.about;
      if (made.html) this.put(made.html);
      return Boolean(made.html);
    } catch {
      if (!mine.signal.aborted) this.fail();
      return false;
    }
  }

  async ask(signal) {
    const fields = new FormData(this.form);
    for (const [name, value] of [...fields]) if (value instanceof File) fields.delete(name);
    const headers = { Accept: "application/json" };
    const answer = await fetch(this.section.dataset.preview, { method: "POST", body: fields, headers, signal });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error(String(answer.status));
    return answer.json();
  }

  // The words change beneath the reader's eyes: where they were in the mail, they stay.
  put(html) {
    const page = this.frame.contentDocument.documentElement;
    const [, lang, dir] = html.match(/<html lang="([^"]*)" dir="([^"]*)"/) ?? [];
    const { scrollX, scrollY } = this.frame.contentWindow;
    page.lang = lang ?? "";
    page.dir = dir ?? "";
    page.innerHTML = html;
    this.frame.contentWindow.scrollTo(scrollX, scrollY);
  }

  fail() {
    const words = document.createElement("p");
    words.className = "alert alert-warning";
    words.textContent = this.section.dataset.previewFailed;
    this.about.replaceChildren(words);
  }
}

for (const section of document.querySelectorAll("[data-preview]")) new Preview(section);
