// Helps to write Markdown: buttons and keys for it, text pasted with its formatting becomes Markdown, pictures are
// uploaded and put in. Without this script the text is typed as it is, and pictures are added on a page of their own.
"use strict";

// Puts words where the cursor is, in a way that the browser can undo.
function insert(field, words, marked = "") {
  field.focus();
  const start = field.selectionStart;
  if (!document.execCommand("insertText", false, words)) field.setRangeText(words, start, field.selectionEnd, "end");
  const at = marked ? words.indexOf(marked) : -1;
  if (at >= 0) field.setSelectionRange(start + at, start + at + marked.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function say(field, words) {
  const place = document.querySelector(`[data-said="${field.id}"]`);
  if (place) place.textContent = words;
}

function tokenOf(element) {
  return element.closest("form")?.elements.csrf_token.value ?? "";
}

const MARKS = { bold: "**", italic: "*" };
const LINES = { heading: () => "## ", list: () => "- ", numbers: (index) => `${index + 1}. `, quote: () => "> " };
const KEYS = { b: "bold", i: "italic", k: "link" };

class Toolbar {
  constructor(bar) {
    this.field = document.getElementById(bar.dataset.toolbar);
    this.box = document.querySelector("dialog[data-picture]");
    this.buttons = [...bar.querySelectorAll("[data-format]")];
    if (!this.box?.showModal) this.buttons = this.buttons.filter((button) => button.dataset.format !== "image" || button.remove());
    this.buttons.forEach((button, index) => (button.tabIndex = index ? -1 : 0));
    bar.hidden = false;
    bar.addEventListener("click", (event) => this.clicked(event));
    bar.addEventListener("keydown", (event) => this.moved(event));
    this.field.addEventListener("keydown", (event) => this.typed(event));
  }

  clicked(event) {
    const button = event.target.closest("[data-format]");
    if (!button) return;
    this.stop(button);
    this.format(button.dataset.format);
  }

  // One stop for the Tab key; the arrows go on within (ARIA Authoring Practices, toolbar).
  moved(event) {
    const at = this.buttons.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: -at - 1 }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    const next = this.buttons.at((at + step) % this.buttons.length);
    this.stop(next);
    next.focus();
  }

  stop(chosen) {
    for (const button of this.buttons) button.tabIndex = button === chosen ? 0 : -1;
  }

  typed(event) {
    const format = KEYS[event.key.toLowerCase()];
    if (!format || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.format(format);
  }

  format(kind) {
    const { selectionStart: start, selectionEnd: end, value } = this.field;
    const chosen = value.slice(start, end);
    if (kind in MARKS) this.wrap(MARKS[kind], chosen);
    else if (kind in LINES) this.prefix(LINES[kind]);
    else if (kind === "link") insert(this.field, `[${chosen || "…"}](https://)`, chosen ? "https://" : "…");
    else if (kind === "field") insert(this.field, "{{ first_name | friend }}", "friend");
    else if (kind === "image") new Picture(this.box, this.field).ask();
  }

  wrap(mark, chosen) {
    const words = chosen.trim();
    const [before, after] = words ? chosen.split(words, 2) : ["", ""];
    insert(this.field, `${before}${mark}${words || "…"}${mark}${after ?? ""}`, words || "…");
  }

  // Whole lines: those that the selection touches get the mark, or lose it where all of them have it.
  prefix(markOf) {
    const { selectionStart, selectionEnd, value } = this.field;
    const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const next = value.indexOf("\n", selectionEnd);
    const lines = value.slice(start, next < 0 ? value.length : next).split("\n");
    const isMarked = lines.every((line, index) => line.startsWith(markOf(index)));
    this.field.setSelectionRange(start, next < 0 ? value.length : next);
    insert(this.field, lines.map((line, index) => (isMarked ? line.slice(markOf(index).length) : markOf(index) + line)).join("\n"));
  }
}

class Picture {
  constructor(box, field) {
    this.box = box;
    this.field = field;
    this.form = box.querySelector("form");
    this.refused = box.querySelector("[data-refused]");
  }

  ask() {
    const over = new AbortController();
    const { signal } = over;
    this.refuse("");
    this.form.addEventListener("submit", (event) => this.send(event), { signal });
    this.box.querySelector("[data-close]").addEventListener("click", () => this.box.close(), { signal });
    this.box.addEventListener("close", () => (over.abort(), this.field.focus()), { signal });
    this.box.showModal();
  }

  async send(event) {
    event.preventDefault();
    const headers = { Accept: "application/json" };
    try {
      const answer = await fetch(this.box.dataset.picture, { method: "POST", body: new FormData(this.form), headers });
      const told = await answer.json();
      if (told.refused) return this.refuse(told.refused.join(" "));
      this.form.reset();
      this.box.close();
      insert(this.field, `\n\n${told.markup}\n\n`);
    } catch {
      this.refuse(this.box.dataset.failed);
    }
  }

  refuse(words) {
    this.refused.textContent = words;
    this.refused.hidden = !words;
  }
}

async function pasteAsMarkdown(event) {
  const field = event.target;
  const html = event.clipboardData.getData("text/html");
  if (!html) return;
  event.preventDefault();
  const plain = event.clipboardData.getData("text/plain");
  say(field, field.dataset.pasting);
  const body = new FormData();
  body.set("csrf_token", tokenOf(field));
  body.set("html", new Blob([html], { type: "text/html" }), "pasted.html");
  try {
    const answer = await fetch(field.dataset.markdown, { method: "POST", body });
    if (!answer.ok) throw new Error(String(answer.status));
    const { markdown, notes } = await answer.json();
    insert(field, markdown);
    say(field, [field.dataset.pasted, ...notes].join(" "));
  } catch {
    insert(field, plain);
    say(field, field.dataset.plain);
  }
}

// Where a whole page is wanted, its source is put in, so that headings and links come along.
function pasteSource(event) {
  const html = event.clipboardData.getData("text/html");
  if (!html) return;
  event.preventDefault();
  insert(event.target, html);
  say(event.target, event.target.dataset.pasteSource);
}

// What is written is spelt and spoken in the language that is chosen beside it.
function followLanguage(choice) {
  choice.addEventListener("change", () => {
    for (const field of choice.form.querySelectorAll("[lang][dir=auto]")) field.lang = choice.value;
  });
}

for (const choice of document.querySelectorAll("form[data-keep] select[name=language]")) followLanguage(choice);
for (const bar of document.querySelectorAll("[data-toolbar]")) new Toolbar(bar);
for (const field of document.querySelectorAll("[data-markdown]")) field.addEventListener("paste", pasteAsMarkdown);
for (const field of document.querySelectorAll("[data-paste-source]")) field.addEventListener("paste", pasteSource);
