// One event stream per page: each message brings a toast, the unread count, and the object that changed.
import htmx from "./htmx.js";
import { busy } from "./swaps.js";
import { show } from "./toasts.js";

const address = document.body.dataset.live;

function refresh(subject) {
  for (const row of document.querySelectorAll(`[data-subject="${CSS.escape(subject)}"]`)) {
    const source = row.closest("[data-rows]")?.dataset.rows.replace("{id}", subject.split("/")[1]);
    if (row.hasAttribute("data-toast") || !source) continue;
    if (busy(row)) row.classList.add("stale");
    else htmx.ajax("GET", source, { target: row, swap: "outerHTML", headers: { "X-Live": "1" } });
  }
  document.querySelector(`[data-changed="${CSS.escape(subject)}"]`)?.removeAttribute("hidden");
}

function received(event) {
  const holder = document.createElement("template");
  holder.innerHTML = event.data;
  const news = holder.content.querySelector("[data-news]");
  show(news?.innerHTML ?? "");
  const unread = document.getElementById("unread");
  if (unread && news?.dataset.unread !== undefined) unread.textContent = news.dataset.unread;
  if (news?.dataset.about) refresh(news.dataset.about);
}

if (address && "EventSource" in window) {
  const source = new EventSource(address);
  source.addEventListener("news", received);
  addEventListener("pagehide", () => source.close());
}
