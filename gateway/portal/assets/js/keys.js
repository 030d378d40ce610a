// Single keys. Off in fields, with modifiers, and for whoever switched them off; they open and move, they never send.
import { clear, extend, selected } from "./queue.js";

const on = () => document.body.dataset.shortcuts === "on";
const rows = () => [...document.querySelectorAll("tbody tr[data-subject]")];
const current = () => rows().findIndex((row) => row.contains(document.activeElement));
const link = (row) => row?.querySelector(".name a, a.name, td a");
const click = (selector) => document.querySelector(selector)?.click();

function go(step) {
  const all = rows();
  const at = current();
  const row = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  link(row)?.focus();
  return row;
}

function pick() {
  const box = rows()[current()]?.querySelector("input[type=checkbox]");
  box?.click();
  link(rows()[current()])?.focus();
}

function stretch(step) {
  const box = go(step)?.querySelector("input[type=checkbox]");
  if (box) extend(box);
}

function back() {
  const close = document.querySelector("[data-close-panel]");
  if (close) close.click();
  else if (selected().length) clear();
}

function help() {
  const dialog = document.getElementById("keys");
  if (dialog?.showModal) dialog.showModal();
  else location.assign("/help");
}

function decide(kind) {
  const bulk = selected().length ? document.querySelector(`[data-bulk] [data-key="${kind}"]`) : null;
  const choice = bulk ?? document.querySelector(`[data-decide] [data-key="${kind}"]`);
  if (!choice) return;
  choice.click();
  (choice.closest("[data-decide]")?.querySelector("textarea:not([disabled])") ?? choice).focus();
}

const keys = {
  "/": () => document.querySelector("#search, #q")?.focus(),
  "?": help,
  j: () => go(1),
  k: () => go(-1),
  x: pick,
  o: () => location.assign(link(rows()[current()])?.dataset.page ?? link(rows()[current()])?.href ?? location.href),
  Escape: back,
  a: () => decide("a"),
  s: () => decide("s"),
  r: () => decide("r"),
  z: () => click("[data-undo]"),
  "[": () => click("[data-previous]"),
  "]": () => click("[data-next]"),
};

const typing = (target) => target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return event.target.form?.querySelector("[data-send]")?.click();
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (!on() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.shiftKey && event.key.startsWith("Arrow")) {
    event.preventDefault();
    return stretch(event.key === "ArrowDown" ? 1 : -1);
  }
  const action = keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
