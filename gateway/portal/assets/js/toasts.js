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

export function show(html) {
  const place = box();
  if (!place || !html) return;
  const holder = document.createElement("template");
  holder.innerHTML = html;
  for (const element of [...holder.content.children]) {
    place.append(element);
    keep(element);
  }
}

// A plain message that the page itself has words for.
export function toast(text) {
  const model = document.getElementById("toast-model");
  if (!text || !model) return;
  const element = model.content.firstElementChild.cloneNode(true);
  element.querySelector("strong").textContent = text;
  box().append(element);
  keep(element);
}

document.addEventListener("click", (event) => event.target.closest("[data-close]")?.closest("[data-toast]")?.remove());
for (const element of document.querySelectorAll("#toasts [data-toast]")) keep(element);
