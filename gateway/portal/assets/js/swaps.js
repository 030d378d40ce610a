// What happens around a swap: where focus goes, what a refusal or a broken connection shows, and that a page left is silent.
import htmx from "./htmx.js";
import { show } from "./toasts.js";

const words = () => document.getElementById("words")?.dataset ?? {};

// Errors → summary; panel → its heading; closed panel → its row. Never body.
export function settle(root) {
  const target = root.querySelector?.("[autofocus]") ?? (root.matches?.("[data-focus]") ? root : root.querySelector?.("[data-focus]"));
  if (!target) return false;
  if (!target.hasAttribute("tabindex") && !target.matches("a,button,input,select,textarea")) target.tabIndex = -1;
  target.focus({ preventScroll: target.getBoundingClientRect().top > 0 && target.getBoundingClientRect().bottom < innerHeight });
  return true;
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.body.dataset.csrf ?? "";
});

// Closing a panel leads back to its row.
let back = "";
document.addEventListener("htmx:beforeRequest", (event) => {
  back = event.target.closest?.("[data-close-panel]")?.dataset.row ?? "";
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (settle(event.detail.elt) || !back) return;
  document.getElementById(back)?.querySelector("a")?.focus();
  back = "";
});

// A page that is being left asks for nothing more: a draft would be saved beside what was just sent.
let leaving = false;
document.addEventListener("htmx:beforeOnLoad", (event) => {
  leaving ||= event.detail.xhr.getResponseHeader("HX-Redirect") !== null;
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (leaving) event.preventDefault();
});
addEventListener("pageshow", () => {
  leaving = false;
});

document.addEventListener("htmx:responseError", () => show(words().failed));
document.addEventListener("htmx:sendError", () => show(words().offline));

// A row that has focus or edits is not swapped: it says that it changed.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig?.headers["X-Live"] && busy(event.detail.target)) event.detail.shouldSwap = false;
});

export const busy = (row) => row.contains(document.activeElement) || row.querySelector("textarea:not(:placeholder-shown), input:checked") !== null;

void htmx;
