// News: a toast, the unread count, and the object that changed. One tab of the browser holds the stream and tells the
// others, since a browser opens only a few connections to one host.
import htmx from "./htmx.js";
import { busy } from "./swaps.js";
import { show } from "./toasts.js";

const address = document.body.dataset.live;
const others = "BroadcastChannel" in window ? new BroadcastChannel("prm-news") : null;
const SETTLE = 250; // the notification may be here a moment before the list knows

// What is new has no row yet: the list is read again, unless somebody works in it. The toast tells of it either way.
function arrive(list) {
  if (!list || busy(list)) return;
  htmx.ajax("GET", location.href, { source: list, target: list, select: `#${list.id}`, swap: "outerHTML", headers: { "X-Live": "1" } });
}

function refresh(subject) {
  const rows = document.querySelectorAll(`[data-subject="${CSS.escape(subject)}"]`);
  if (!rows.length) arrive(document.querySelector("[data-arrivals]"));
  for (const row of rows) {
    const source = row.closest("[data-rows]")?.dataset.rows.replace("{id}", subject.split("/")[1]);
    if (!source) continue;
    if (busy(row)) row.classList.add("stale");
    else htmx.ajax("GET", source, { source: row, target: row, swap: "outerHTML", headers: { "X-Live": "1" } });
  }
  document.querySelector(`[data-changed="${CSS.escape(subject)}"]`)?.removeAttribute("hidden");
}

function count() {
  const place = document.getElementById("unread");
  if (!place) return;
  const before = Number.parseInt(place.textContent || "0", 10);
  if (!Number.isNaN(before)) place.textContent = before >= 99 ? "99+" : String(before + 1);
}

function received(news) {
  show(news.text, news.link?.startsWith("/") && !news.link.startsWith("//") ? news.link : "");
  count();
  if (news.subject) setTimeout(refresh, SETTLE, news.subject);
}

function hold() {
  const source = new EventSource(address);
  source.addEventListener("notification", (event) => {
    const news = JSON.parse(event.data);
    others?.postMessage(news);
    received(news);
  });
  addEventListener("pagehide", () => source.close());
  return new Promise(() => {}); // the lock is held until the tab goes
}

if (address && "EventSource" in window) {
  others?.addEventListener("message", (event) => received(event.data));
  if (navigator.locks) navigator.locks.request("prm-news", hold).catch(() => {});
  else hold();
}
