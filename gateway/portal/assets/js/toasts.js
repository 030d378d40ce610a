// A toast stays 8 seconds, longer while it is under the pointer or has focus. What it says stands in Notifications too.
const SECONDS = 8;
const box = () => document.getElementById("toasts");

function keep(element) {
  let left = SECONDS;
  const timer = setInterval(() => {
    if (element.matches(":hover, :focus-within")) return;
    left -= 1;
    if (left <= 0) {
      clearInterval(timer);
      element.remove();
    }
  }, 1000);
}

// The frame of a toast comes from the page, in its language; text is put in as text, never as markup.
export function show(text, link = "") {
  const model = document.getElementById("toast-model");
  if (!text || !model || !box()) return;
  const element = model.content.firstElementChild.cloneNode(true);
  element.querySelector("strong").textContent = text;
  const open = element.querySelector("a");
  if (link) open.href = link;
  else open.remove();
  box().append(element);
  keep(element);
}

document.addEventListener("click", (event) => event.target.closest("[data-close]")?.closest("[data-toast]")?.remove());
for (const element of document.querySelectorAll("#toasts [data-toast]")) keep(element);
