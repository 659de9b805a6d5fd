// While a sign-up form is guarded, the browser does a second's work unseen. Without it the form still works, later.
"use strict";

const LONGEST = 20000;

for (const form of document.querySelectorAll("form[data-work]")) {
  const field = form.elements.work;
  const worker = new Worker(form.dataset.worker);
  let isOver = false;
  let waiting = null;

  function finish(number) {
    field.value = number;
    isOver = true;
    worker.terminate();
    if (waiting) {
      form.requestSubmit(waiting.button);
    }
  }

  worker.addEventListener("message", (event) => finish(event.data));
  worker.addEventListener("error", () => finish(""));
  worker.postMessage({ token: form.elements.form_token.value, bits: Number(form.dataset.work) });

  form.addEventListener("submit", (event) => {
    if (isOver || !form.requestSubmit) {
      return;
    }
    event.preventDefault();
    if (!waiting) {
      waiting = { button: event.submitter };
      const status = document.createElement("p");
      status.setAttribute("role", "status");
      form.append(status);
      status.textContent = form.dataset.wait;
      setTimeout(() => isOver || finish(""), LONGEST);
    }
  });
}
