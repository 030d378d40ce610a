// Forms work without this: it only spares a click and a second submission.
const sent = new WeakSet();

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.target || event.defaultPrevented) return;
  if (sent.has(form)) return event.preventDefault();
  sent.add(form);
  form.setAttribute("aria-busy", "true");
});

// Back from the next page the form must work again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    sent.delete(form);
    form.removeAttribute("aria-busy");
  }
});

// Before a session ends somebody who writes is told, and the draft is saved by its own trigger.
const end = Number(document.body.dataset.sessionEnd ?? 0) * 1000;
if (end) {
  const warn = () => {
    const note = document.getElementById("session-ends");
    if (note) note.hidden = false;
  };
  const wait = Math.max(end - Date.now() - 5 * 60_000, 0);
  if (wait < 2 ** 31) setTimeout(warn, wait);
}
